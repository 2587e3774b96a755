-- Values that do not cast, the first ones, with how many there are.
SELECT count(*) OVER () AS total, CAST({{ column | name }} AS VARCHAR) AS value
FROM {{ reader }}
WHERE {{ column | name }} IS NOT NULL AND TRY_CAST({{ column | name }} AS {{ "TIMESTAMPTZ" if type == "TIMESTAMP" else type }}) IS NULL
ORDER BY value
LIMIT {{ shown }}
