-- What could be picked for a language, and what each item has earned so far.
WITH
candidate AS (
    SELECT items.*
    FROM items
    WHERE items.language = {{ language | literal }}
        AND items.published_at > {{ since | literal }}
        AND items.published_at <= {{ until | literal }}
    UNION
    SELECT items.*
    FROM items
    SEMI JOIN (
        SELECT item_id FROM curated WHERE edition = {{ edition | literal }} AND language = {{ language | literal }}
    ) AS listed ON items.item_id = listed.item_id
),
earned AS (
    SELECT
        interactions.item_id,
        count(DISTINCT interactions.user_id) FILTER (interactions.event IN ('listen', 'complete')) AS listeners,
        count(DISTINCT interactions.user_id) FILTER (interactions.event = 'complete') AS completed,
        count(DISTINCT interactions.user_id) FILTER (interactions.event = 'favourite') AS favourites
    FROM interactions
    SEMI JOIN candidate ON interactions.item_id = candidate.item_id
    WHERE interactions.at <= {{ now | literal }}
    GROUP BY interactions.item_id
),
shown AS (
{% if plan %}
    SELECT slot.item_id, count(*) AS emails
    FROM (SELECT unnest(slots) AS slot FROM read_parquet({{ plan | literal }}))
    WHERE slot.source = 'recommended' AND slot.item_id IS NOT NULL
    GROUP BY slot.item_id
{% else %}
    SELECT NULL AS item_id, 0 AS emails WHERE FALSE
{% endif %}
)
SELECT
    candidate.item_id, candidate.title, candidate.kind, candidate.narrator, candidate.duration_s,
    candidate.published_at, candidate.language, candidate.for_kids, candidate.image_url,
    coalesce(earned.listeners, 0), coalesce(earned.completed, 0), coalesce(earned.favourites, 0),
    coalesce(shown.emails, 0)
FROM candidate
LEFT JOIN earned ON candidate.item_id = earned.item_id
LEFT JOIN shown ON candidate.item_id = shown.item_id
ORDER BY candidate.published_at DESC, candidate.item_id
