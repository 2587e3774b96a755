-- A table as the schema wants it; large tables stay in their files, the rest is read once.
CREATE OR REPLACE {{ "VIEW" if table.name == "interactions" else "TABLE" }} {{ table.name | name }} AS
SELECT
{% for name, column in table.columns.items() %}
{% if name not in found %}
    CAST(NULL AS {{ column.type }})
{% elif column.type == "TIMESTAMP" and found[name] == "VARCHAR" %}
    -- By way of a time with zone: a text's offset would be dropped otherwise. Without one it is UTC.
    CAST(CAST({{ name | name }} AS TIMESTAMPTZ) AS TIMESTAMP)
{% else %}
    CAST({{ name | name }} AS {{ column.type }})
{% endif %}
    AS {{ name | name }}
    {{- "," if not loop.last or extra }}
{% endfor %}
{% for name in extra %}
    {{ name | name }}{{ "," if not loop.last }}
{% endfor %}
FROM {{ reader }}
