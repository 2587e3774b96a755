-- Values that are not of the type that is wanted, the first ones, with how many there are.
{% from "inputs/value.sql" import value %}
SELECT count(*) OVER () AS total, CAST({{ name | name }} AS VARCHAR) AS value
FROM {{ reader }}
WHERE {{ name | name }} IS NOT NULL AND {{ value(name, wanted, found) | trim }} IS NULL
ORDER BY value
LIMIT {{ shown }}
