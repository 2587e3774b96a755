-- All items and collections that anybody is shown, numbered from 0.
CREATE OR REPLACE TABLE shown AS
SELECT
    CAST(row_number() OVER (ORDER BY kind, id) - 1 AS INTEGER) AS number,
    kind,
    id
FROM (
    SELECT DISTINCT
        CASE WHEN item_id IS NULL THEN 'collection' ELSE 'item' END AS kind,
        coalesce(item_id, collection_id) AS id
    FROM served
)
