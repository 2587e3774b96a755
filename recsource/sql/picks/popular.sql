-- In the batch's place: the most played of what may be shown at all, as if it were recommended to every reader.
CREATE OR REPLACE TABLE pairs AS
WITH
played AS (
    SELECT item_id, count(*) AS plays
    FROM interactions
    WHERE event IN ('listen', 'complete')
        AND "at" <= {{ occasion.as_of | literal }}
        AND "at" > {{ occasion.as_of | literal }} - INTERVAL {{ days | literal }} DAY
    GROUP BY item_id
),
ranked AS (
    -- Each language by itself, and so kids' content, or those who hear neither would be left with little.
    SELECT
        i.*,
        CAST(row_number() OVER (
            PARTITION BY i.language, i.for_kids ORDER BY coalesce(played.plays, 0) DESC, i.item_no
        ) AS INTEGER) AS popular_rank,
        row_number() OVER (ORDER BY coalesce(played.plays, 0) DESC, i.item_no) AS popular_place
    FROM catalogue AS i
    LEFT JOIN played ON i.item_id = played.item_id
    WHERE i.published_at <= {{ occasion.as_of | literal }}
{% for condition in item_conditions %}
        AND {{ condition }}
{% endfor %}
)
SELECT
    r.user_no,
    i.item_no,
    CAST(NULL AS INTEGER) AS collection_no,
    i.popular_rank AS rank,
    CAST(i.popular_place AS DOUBLE) AS place,
    CAST(2 AS TINYINT) AS source
FROM readers AS r
CROSS JOIN ranked AS i
WHERE i.popular_rank <= {{ most | literal }}
{% for condition in pair_conditions %}
    AND {{ condition }}
{% endfor %}
