-- A table as the schema wants it; large tables stay in their files, the rest is read once.
CREATE OR REPLACE {{ "VIEW" if table.name == "interactions" else "TABLE" }} {{ table.name | name }} AS
SELECT
{% for name, column in table.columns.items() %}
    {{ "CAST(%s AS %s)" % (name | name, column.type) if name in found else "CAST(NULL AS %s)" % column.type }} AS {{ name | name }}
    {{- "," if not loop.last or extra }}
{% endfor %}
{% for name in extra %}
    {{ name | name }}{{ "," if not loop.last }}
{% endfor %}
FROM {{ reader }}
