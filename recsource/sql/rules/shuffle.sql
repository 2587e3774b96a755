SELECT
    pair.user_no, pair.item_no, pair.collection_no, pair.rank,
    {{ 1 - rule.strength }}
        * (row_number() OVER (PARTITION BY pair.user_no ORDER BY pair.place, pair.item_no) - 1)
        / count(*) OVER (PARTITION BY pair.user_no)
    + {{ rule.strength }}
        * CAST('0x' || substr(md5({{ occasion.seed | literal }} || '-' || readers.user_id || '-' || catalogue.item_id), 1, 8) AS UBIGINT)
        / 4294967296.0 AS place,
    pair.source
FROM {{ pairs }} AS pair
JOIN catalogue ON pair.item_no = catalogue.item_no
JOIN readers ON pair.user_no = readers.user_no
