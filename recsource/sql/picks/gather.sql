-- The pairs that the screening pass kept. A pair's source is a number until `picks/finish`: 0 is the recommender.
CREATE OR REPLACE TABLE pairs AS
WITH pair AS (
    SELECT user_no, unnest(kept) AS kept FROM screened WHERE kept IS NOT NULL
)
SELECT
    user_no,
    CAST(kept >> 32 AS INTEGER) AS item_no,
    CAST(NULL AS INTEGER) AS collection_no,
    CAST(kept & 4294967295 AS INTEGER) AS rank,
    CAST(kept & 4294967295 AS DOUBLE) AS place,
    CAST(0 AS TINYINT) AS source
FROM pair;
DROP TABLE screened;
