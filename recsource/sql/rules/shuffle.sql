SELECT
    pair.user_no, pair.item_no, pair.collection_no, pair.rank,
    -- Doubles from the start: engines differ in how they multiply and divide decimals.
    CAST({{ (1 - rule.strength) | string | literal }} AS DOUBLE)
        * (row_number() OVER (PARTITION BY pair.user_no ORDER BY pair.place, pair.item_no) - 1)
        / count(*) OVER (PARTITION BY pair.user_no)
    + CAST({{ rule.strength | string | literal }} AS DOUBLE)
        * CAST('0x' || substr(md5({{ occasion.seed | literal }} || '-' || readers.user_id || '-' || catalogue.item_id), 1, 8) AS UBIGINT)
        / CAST(4294967296 AS DOUBLE) AS place,
    pair.source
FROM {{ pairs }} AS pair
JOIN catalogue ON pair.item_no = catalogue.item_no
JOIN readers ON pair.user_no = readers.user_no
