-- For each language, and for all together under the empty one, what most people are shown, kids' content apart.
WITH
pick AS (
    SELECT readers.language, shown.number, served.slot
    FROM served
    JOIN readers ON served.user_id = readers.user_id
    JOIN shown ON coalesce(served.item_id, served.collection_id) = shown.id
        AND (served.item_id IS NULL) = (shown.kind = 'collection')
    LEFT JOIN catalogue ON served.item_id = catalogue.item_id
    WHERE NOT coalesce(catalogue.for_kids, FALSE)
),
counted AS (
    SELECT coalesce(language, '') AS language, number, count(*) AS people, sum(slot) AS slots
    FROM pick
    GROUP BY GROUPING SETS ((language, number), (number))
)
SELECT language, number
FROM counted
QUALIFY row_number() OVER (PARTITION BY language ORDER BY people DESC, slots, number) <= {{ slots | literal }}
ORDER BY language, people DESC, slots, number
