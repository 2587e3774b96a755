-- How much there is, and how much of it Personalize would not take.
SELECT
    COUNT(*) AS "rows"
{% for column in columns if column.type == "string" %}
{% if column.form == "id" %}
    , SUM(CASE WHEN e.{{ column.name | name }} IS NULL OR e.{{ column.name | name }} <> TRANSLATE(e.{{ column.name | name }}, CHR(10) || CHR(13) || '"\', '') OR e.{{ column.name | name }} = '' THEN 1 ELSE 0 END) AS {{ ("malformed " ~ column.name) | name }}
{% endif %}
    , SUM(CASE WHEN LENGTH(e.{{ column.name | name }}) > {{ longest[column.form] | literal }} THEN 1 ELSE 0 END) AS {{ ("long " ~ column.name) | name }}
{% endfor %}
FROM {{ relation }} AS e
