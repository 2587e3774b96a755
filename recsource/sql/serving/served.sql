-- What each person is shown: by the source of their variant, or of the baseline where they take no part.
CREATE OR REPLACE TABLE served AS
{% if trial %}
WITH who AS (
    SELECT users.user_id, coalesce(assigned.source, {{ outside | literal }}) AS source
    FROM users
    LEFT JOIN assigned ON users.user_id = assigned.user_id
)
{% for source, table in (("recommended", "picks"), ("popular", "popular_picks")) if source in sources %}
SELECT {{ table }}.user_id, slot, item_id, collection_id
FROM {{ table }}
JOIN who ON {{ table }}.user_id = who.user_id
WHERE who.source = {{ source | literal }}
{{ "UNION ALL" if not loop.last }}
{% endfor %}
{% else %}
SELECT user_id, slot, item_id, collection_id FROM picks
{% endif %}
