-- For each predicate of the pass: how many pairs it removed, and how many people lost their last pair to it.
SELECT
{% for verdict in range(1, predicates + 1) %}
    coalesce(sum(removed_{{ verdict }}), 0),
    count(*) FILTER (last_verdict = {{ verdict }}){{ "," if not loop.last }}
{% endfor %}
FROM screened
WHERE user_no > 0
