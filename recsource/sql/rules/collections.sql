WITH
described AS (
    SELECT pair.user_no, pair.item_no, catalogue.collection_no, pair.rank, pair.place, pair.source
    FROM {{ pairs }} AS pair
    JOIN catalogue ON pair.item_no = catalogue.item_no
)
SELECT user_no, item_no, collection_no, rank, place, source
FROM described
WHERE collection_no IS NULL
UNION ALL
SELECT user_no, item_no, collection_no, rank, place, source
FROM described
WHERE collection_no IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY user_no, collection_no ORDER BY place, item_no) = 1
