-- Every measure of every arm in one pass: how many people have all its columns.
SELECT
    variant
{% for name, columns in measures.items() %}
    , count(*) FILTER (WHERE {% for column in columns %}{{ column | name }}{{ " AND " if not loop.last }}{% endfor %}) AS {{ name | name }}
{% endfor %}
FROM outcomes
GROUP BY variant
ORDER BY variant
