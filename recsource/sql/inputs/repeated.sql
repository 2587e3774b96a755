-- Keys that stand more than once, the first ones, with how many there are.
SELECT count(*) OVER () AS total{% for key in table.key %}, CAST({{ key | name }} AS VARCHAR){% endfor %}

FROM (
    SELECT {% for key in table.key %}{{ key | name }}{{ ", " if not loop.last }}{% endfor %}

    FROM {{ table.name | name }}
    GROUP BY ALL
    HAVING count(*) > 1
)
ORDER BY ALL
LIMIT {{ shown }}
