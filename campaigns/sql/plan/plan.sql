-- One row a person: address and greeting, variant, slots and time, in the order of sending.
CREATE OR REPLACE TABLE plan AS
WITH
-- Sorting each list by its structs' first field is faster than an ordered aggregate.
picked AS (
{% for source, picks in lists.items() %}
    SELECT
        picks.user_id,
        list_sort(list({
            'slot': picks.slot, 'source': picks.source,
            'item_id': picks.item_id, 'collection_id': picks.collection_id
        })) AS slots
    FROM {{ picks | name }} AS picks
    JOIN assigned ON picks.user_id = assigned.user_id
    WHERE assigned.source = {{ source | literal }}
    GROUP BY picks.user_id
{{ "    UNION ALL" if not loop.last }}
{% endfor %}
),
row AS (
    SELECT
        -- As `links.delivery_id`.
        substr(sha256({{ edition | string | literal }} || '/' || planned.user_id), 1, 32) AS delivery_id,
        planned.user_id,
        planned.address AS email,
        planned.greeting_name AS first_name,
        planned.email_language AS language,
        planned.country,
        zones.timezone,
        assigned.variant,
        {{ "zones.send_at" if first is none else "CASE WHEN planned.cohort = %s THEN zones.first_at ELSE zones.send_at END" % (first | literal) }} AS send_at,
        CASE assigned.source WHEN 'curated' THEN curated_lists.slots ELSE picked.slots END AS slots,
        {
{% for column in attributes %}
            {{ column | literal }}: users.{{ column | name }}{{ "," if not loop.last }}
{% endfor %}
        } AS attributes
    FROM planned
    JOIN users ON planned.user_id = users.user_id
    JOIN assigned ON planned.user_id = assigned.user_id
    JOIN readers ON planned.user_id = readers.user_id
    LEFT JOIN picked ON planned.user_id = picked.user_id
    LEFT JOIN curated_lists
        ON readers.email_language = curated_lists.language AND readers.hears_kids = curated_lists.hears_kids
    JOIN zones ON coalesce(planned.timezone, '') = zones.asked
)
SELECT
    delivery_id,
    CAST(row_number() OVER (ORDER BY send_at, delivery_id) - 1 AS INTEGER) AS position,
    * EXCLUDE (delivery_id)
FROM row
