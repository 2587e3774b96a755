-- How many people ever came so far, by variant.
SELECT
    CAST(variant AS VARCHAR)
{% for column in columns %}
    , count(*) FILTER ({{ column | name }} > 0)
{% endfor %}
FROM persons
GROUP BY variant
ORDER BY variant
