-- One row a person and variant: the weeks summed, each column over the editions that its metrics count.
CREATE OR REPLACE TEMP TABLE persons AS
SELECT
    person, variant
{% for name, column, editions in sums %}
    , coalesce(sum({{ column }}){% if editions %} FILTER (edition IN {{ editions | choices }}){% endif %}, 0)::DOUBLE AS {{ name | name }}
{% endfor %}
    , coalesce(any_value(before.days), 0)::DOUBLE AS "before"
FROM outcomes
LEFT JOIN before USING (person)
GROUP BY person, variant
