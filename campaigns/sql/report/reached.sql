-- How many people ever came so far, by variant.
SELECT
    CAST(variant AS VARCHAR)
{% for step in steps %}
    , count(*) FILTER ({{ step | name }} > 0)
{% endfor %}
FROM persons
GROUP BY variant
ORDER BY variant
