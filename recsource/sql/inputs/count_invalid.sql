-- How many rows of each column have a value that is missing or not of the closed list, in one pass.
{% from "inputs/fault.sql" import invalid %}
SELECT
{% for name, column in columns.items() %}
    count(*) FILTER (WHERE {{ invalid(name, column) }}){{ "," if not loop.last }}
{% endfor %}
FROM {{ table.name | name }}
