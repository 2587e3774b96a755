-- A table as the schema wants it; large tables stay in their files, the rest is read once.
{% from "inputs/value.sql" import value %}
CREATE OR REPLACE {{ "VIEW" if table.name == "interactions" else "TABLE" }} {{ table.name | name }} AS
SELECT
{% for name, column in table.columns.items() %}
    {{ value(name, column.type, found[name]) | trim if name in found else "CAST(NULL AS %s)" % column.type }} AS {{ name | name }}
    {{- "," if not loop.last or extra }}
{% endfor %}
{% for name in extra %}
    {{ name | name }}{{ "," if not loop.last }}
{% endfor %}
FROM {{ reader }}
