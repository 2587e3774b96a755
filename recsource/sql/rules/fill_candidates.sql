-- For every reader whose list is short: what everybody may be shown and this reader may too, at the list's end.
WITH
short AS (
    SELECT readers.user_no, count(pair.item_no) AS picks, coalesce(max(pair.place), 0) AS last_place
    FROM readers
    LEFT JOIN {{ pairs }} AS pair ON readers.user_no = pair.user_no
    GROUP BY readers.user_no
    HAVING count(pair.item_no) < {{ occasion.slots | literal }}
),
offered AS (
{% for source in rule.sources %}
{% if source == "curated" %}
    SELECT {{ loop.index }} AS source_no, CAST(1 AS TINYINT) AS source, curated.language, curated.position AS n, catalogue.item_no
    FROM curated
    JOIN catalogue ON curated.item_id = catalogue.item_id
    WHERE curated.edition = {{ occasion.edition | literal }}
{% else %}
    SELECT
        {{ loop.index }} AS source_no, CAST(2 AS TINYINT) AS source, NULL AS language,
        row_number() OVER (ORDER BY count(*) DESC, catalogue.item_no) AS n, catalogue.item_no
    FROM interactions
    JOIN catalogue ON interactions.item_id = catalogue.item_id
    WHERE interactions.event IN ('listen', 'complete')
        AND interactions.at <= {{ occasion.as_of | literal }}
        AND interactions.at > {{ occasion.as_of | literal }} - INTERVAL {{ rule.popular_days | literal }} DAY
    GROUP BY catalogue.item_no
{% endif %}
{{ "    UNION ALL" if not loop.last }}
{% endfor %}
),
fitting AS (
    SELECT r.user_no, short.last_place, offered.source_no, offered.n, offered.item_no, offered.source
    FROM short
    JOIN readers AS r ON short.user_no = r.user_no
    CROSS JOIN offered
    JOIN catalogue AS i ON offered.item_no = i.item_no
    WHERE (offered.language IS NULL OR offered.language = r.email_language)
{% for condition in conditions %}
        AND {{ condition }}
{% endfor %}
    -- One item may be both curated and popular.
    QUALIFY row_number() OVER (PARTITION BY r.user_no, offered.item_no ORDER BY offered.source_no, offered.n) = 1
)
SELECT
    fitting.user_no, fitting.item_no, CAST(NULL AS INTEGER) AS collection_no, CAST(NULL AS INTEGER) AS rank,
    fitting.last_place + row_number() OVER (
        PARTITION BY fitting.user_no ORDER BY fitting.source_no, fitting.n, fitting.item_no
    ) AS place,
    fitting.source
FROM fitting
ANTI JOIN {{ pairs }} AS pair ON fitting.user_no = pair.user_no AND fitting.item_no = pair.item_no
