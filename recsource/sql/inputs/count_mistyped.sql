-- How many values of each column are not of the type that is wanted, in one pass.
{% from "inputs/fault.sql" import mistyped %}
SELECT
{% for name, column in columns.items() %}
    count(*) FILTER (WHERE {{ mistyped(name, column.type, found[name]) }}){{ "," if not loop.last }}
{% endfor %}
FROM {{ reader }}
