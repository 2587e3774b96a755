-- Rows whose value is missing or not of the closed list, the first ones by key.
{% from "inputs/fault.sql" import invalid %}
{% set shown_columns = table.key or table.columns %}
SELECT
    CAST({{ name | name }} AS VARCHAR) AS value
    {%- for key in shown_columns %}, CAST({{ key | name }} AS VARCHAR){% endfor %}

FROM {{ table.name | name }}
WHERE {{ invalid(name, column) }}
ORDER BY ALL
LIMIT {{ shown }}
