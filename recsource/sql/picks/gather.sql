-- The pairs that the screening pass kept.
CREATE OR REPLACE TABLE pairs AS
WITH pair AS (
    SELECT user_no, unnest(kept) AS kept FROM screened WHERE user_no > 0
)
SELECT
    user_no,
    kept.item_no AS item_no,
    CAST(NULL AS INTEGER) AS collection_no,
    kept.rank AS rank,
    CAST(kept.rank AS DOUBLE) AS place,
    'recommended' AS source
FROM pair;
DROP TABLE screened;
