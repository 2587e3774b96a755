{% from "export/value.sql" import value with context %}
WITH
{% include "export/as_of.sql" %}
{% if columns | selectattr("source", "equalto", "favourite_time") | list %},
-- Quarters of the day, in UTC, as of the export: what `users` holds may know of plays that came later.
played AS (
    SELECT h.user_id, FLOOR(EXTRACT(HOUR FROM h.at) / 6.0) AS quarter, COUNT(*) AS plays
    FROM heard AS h
    GROUP BY h.user_id, FLOOR(EXTRACT(HOUR FROM h.at) / 6.0)
),
placed AS (
    SELECT p.user_id, p.quarter, ROW_NUMBER() OVER (PARTITION BY p.user_id ORDER BY p.plays DESC, p.quarter) AS place
    FROM played AS p
),
favourite AS (
    SELECT
        p.user_id,
        CASE p.quarter WHEN 0 THEN '00-06' WHEN 1 THEN '06-12' WHEN 2 THEN '12-18' ELSE '18-24' END AS favourite_time
    FROM placed AS p
    WHERE p.place = 1
)
{% endif %}
SELECT
{% for column in columns %}
    {{ value(column, "f" if column.source == "favourite_time" else "m") | trim }} AS {{ column.name | name }}{{ "," if not loop.last }}
{% endfor %}
FROM member AS m
{% if columns | selectattr("source", "equalto", "favourite_time") | list %}
LEFT JOIN favourite AS f ON m.user_id = f.user_id
{% endif %}
WHERE m.user_id IN (SELECT a.user_id FROM active AS a)
{%- if settings.recipients == "everyone" %} OR m.email_consent{% endif %}

ORDER BY "USER_ID"
