-- One row a person, the sums of each variant side by side; what a person was like before counts once a week there.
CREATE OR REPLACE TEMP TABLE crossed AS
SELECT
    person
{% for variant in variants %}
{% for column in columns %}
    , coalesce(sum(CASE WHEN variant = {{ variant | literal }} THEN {{ column | name }} END), 0) AS {{ (column ~ "@" ~ variant) | name }}
{% endfor %}
{% for weeks in denominators %}
    , coalesce(sum(CASE WHEN variant = {{ variant | literal }} THEN "before" * {{ weeks | name }} END), 0)
        AS {{ ("before_" ~ weeks ~ "@" ~ variant) | name }}
{% endfor %}
{% endfor %}
FROM persons
GROUP BY person
