-- Each person's weeks side by side.
SELECT
{% for column in columns %}
{% set last_column = loop.last %}
{% for edition in editions %}
    coalesce(sum({{ column }}) FILTER (edition = {{ edition | literal }}), 0)::DOUBLE AS {{ (column ~ "@" ~ loop.index0) | name }}{{ "," if not (last_column and loop.last) }}
{% endfor %}
{% endfor %}
FROM outcomes
JOIN chosen USING (person)
GROUP BY person
ORDER BY person
