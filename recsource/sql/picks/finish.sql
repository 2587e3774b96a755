-- Numbers back into ids, and places into slots.
CREATE OR REPLACE TABLE {{ picks | name }} AS
SELECT
    readers.user_id,
    CASE pair.source WHEN 0 THEN 'recommended' WHEN 1 THEN 'curated' ELSE 'popular' END AS source,
    CAST(row_number() OVER (PARTITION BY pair.user_no ORDER BY pair.place, pair.item_no) AS INTEGER) AS slot,
    CASE WHEN pair.collection_no IS NULL THEN catalogue.item_id END AS item_id,
    CASE WHEN pair.collection_no IS NOT NULL THEN catalogue.collection_id END AS collection_id,
    pair.rank
FROM {{ pairs }} AS pair
JOIN catalogue ON pair.item_no = catalogue.item_no
JOIN readers ON pair.user_no = readers.user_no
