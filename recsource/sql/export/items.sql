{% from "export/value.sql" import value with context %}
{% from "export/names.sql" import table %}
SELECT
{% for column in columns %}
    {{ value(column, "i") | trim }} AS {{ column.name | name }}{{ "," if not loop.last }}
{% endfor %}
FROM {{ table(tables["items"]) }} AS i
WHERE i.published_at <= {{ now | literal }}
ORDER BY "ITEM_ID"
