{% from "export/names.sql" import table, words %}
{# What was there at {{ now }}: nothing that came later is looked at, so that a model can be tested on it. #}
heard AS (
    SELECT i.user_id, i.item_id, i.event, i.at
    FROM {{ table(tables["interactions"]) }} AS i
    WHERE i.at > {{ since | literal }} AND i.at <= {{ now | literal }}
        AND i.event IN {{ words(settings.event_weights | sort) }}
),
item AS (
    SELECT i.*
    FROM {{ table(tables["items"]) }} AS i
    WHERE i.published_at <= {{ now | literal }}
),
member AS (
    SELECT u.*
    FROM {{ table(tables["users"]) }} AS u
    WHERE (u.signed_up_at IS NULL OR u.signed_up_at <= {{ now | literal }})
{% if settings.subscriptions %}
        AND u.subscription IN {{ words(settings.subscriptions) }}
{% endif %}
{% if settings.languages %}
        AND u.language IN {{ words(settings.languages) }}
{% endif %}
),
active AS (
    SELECT h.user_id
    FROM heard AS h
    WHERE h.user_id IN (SELECT m.user_id FROM member AS m) AND h.item_id IN (SELECT i.item_id FROM item AS i)
    GROUP BY h.user_id
    HAVING COUNT(*) >= {{ settings.min_interactions | literal }}
{%- if active_since %} AND MAX(h.at) > {{ active_since | literal }}{% endif %}

)
