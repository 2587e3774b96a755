-- Values that are not of the type that is wanted, the first ones.
{% from "inputs/fault.sql" import mistyped %}
SELECT CAST({{ name | name }} AS VARCHAR) AS value
FROM {{ reader }}
WHERE {{ mistyped(name, wanted, found) }}
ORDER BY value
LIMIT {{ shown }}
