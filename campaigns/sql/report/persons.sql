-- One row a person and variant: the weeks summed, each column over the editions that its metrics count.
-- (CASE, because a FILTER takes an aggregate several times as long where there are so many groups.)
CREATE OR REPLACE TEMP TABLE persons AS
SELECT summed.*, coalesce(before.days, 0)::DOUBLE AS "before"
FROM (
    SELECT
        person, variant
{% for name, column, editions in sums %}
{% set counted = "CASE WHEN edition IN " ~ (editions | choices) ~ " THEN " ~ column ~ " END" if editions else column %}
        , coalesce(sum({{ counted }}), 0)::DOUBLE AS {{ name | name }}
{% endfor %}
    FROM outcomes
    GROUP BY person, variant
) AS summed
LEFT JOIN before USING (person)
