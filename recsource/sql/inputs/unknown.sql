-- Ids that the table referred to does not have, the first ones, with how many rows name one.
SELECT sum(count(*)) OVER () AS total, {{ name | name }} AS value
FROM {{ table.name | name }}
ANTI JOIN {{ other | name }} ON {{ table.name | name }}.{{ name | name }} = {{ other | name }}.{{ key | name }}
WHERE {{ name | name }} IS NOT NULL
GROUP BY {{ table.name | name }}.{{ name | name }}
ORDER BY value
LIMIT {{ shown }}
