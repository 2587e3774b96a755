-- One row a person and variant: the weeks summed, of each metric only the editions whose windows have closed.
CREATE OR REPLACE TEMP TABLE persons AS
SELECT
    person, variant
{% for metric in metrics %}
{% for part in ("numerator", "denominator") %}
    , coalesce(
        sum({{ metric[part] }}){% if metric.editions %} FILTER (edition IN {{ metric.editions | choices }}){% endif %}, 0
    )::DOUBLE AS {{ (metric.name ~ "." ~ part) | name }}
{% endfor %}
{% endfor %}
{% for step in steps %}
    , max({{ step }}) AS {{ step | name }}
{% endfor %}
    , coalesce(any_value(before.days), 0)::DOUBLE AS "before"
FROM outcomes
LEFT JOIN before USING (person)
GROUP BY person, variant
