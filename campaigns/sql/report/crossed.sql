-- One row a person, the sums of each variant side by side; what a person was like before counts once a week there.
CREATE OR REPLACE TEMP TABLE crossed AS
SELECT
    person
{% for metric in metrics %}
{% for variant in variants %}
{% for part in metric.columns %}
    , coalesce(sum({{ part | name }}) FILTER (variant = {{ variant | literal }}), 0) AS {{ (part ~ "@" ~ variant) | name }}
{% endfor %}
    , coalesce(sum("before" * {{ metric.columns[1] | name }}) FILTER (variant = {{ variant | literal }}), 0)
        AS {{ (metric.name ~ ".before@" ~ variant) | name }}
{% endfor %}
{% endfor %}
FROM persons
GROUP BY person
