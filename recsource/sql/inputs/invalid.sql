-- Rows whose value is missing or not of the closed list, the first ones by key, with how many there are.
{% set shown_columns = table.key or table.columns %}
SELECT
    count(*) OVER () AS total, CAST({{ name | name }} AS VARCHAR) AS value
    {%- for key in shown_columns %}, CAST({{ key | name }} AS VARCHAR){% endfor %}

FROM {{ table.name | name }}
WHERE {{ name | name }} IS NULL
{% if column["values"] %}
    OR {{ name | name }} NOT IN ({% for value in column["values"] %}{{ value | literal }}{{ ", " if not loop.last }}{% endfor %})
{% endif %}
ORDER BY ALL
LIMIT {{ shown }}
