{% from "export/value.sql" import value, weight with context %}
WITH
{% include "export/as_of.sql" %},
-- The latest first; of what happened in one instant, the strongest.
numbered AS (
    SELECT
        h.user_id, h.item_id, h.event, h.at,
        ROW_NUMBER() OVER (
            PARTITION BY h.user_id, h.item_id ORDER BY h.at DESC, {{ weight("h.event") }} DESC, h.event
        ) AS recency
    FROM heard AS h
    WHERE h.user_id IN (SELECT a.user_id FROM active AS a) AND h.item_id IN (SELECT i.item_id FROM item AS i)
)
SELECT
{% for column in columns %}
    {{ value(column, "n") | trim }} AS {{ column.name | name }}{{ "," if not loop.last }}
{% endfor %}
FROM numbered AS n
{% if settings.max_repeats is not none %}
WHERE n.recency <= {{ settings.max_repeats | literal }}
{% endif %}
ORDER BY "USER_ID", "TIMESTAMP", "ITEM_ID", "EVENT_TYPE"
