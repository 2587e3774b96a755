-- The catalogue's items, each with a number, for the same reason as people.
CREATE OR REPLACE TEMP TABLE titles AS
SELECT
    CAST(row_number() OVER (ORDER BY item_id) - 1 AS INTEGER) AS title,
    item_id, title AS words, kind, published_at, duration_s / 60.0 AS minutes, collection_id
FROM items
