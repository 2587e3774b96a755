-- For each predicate of the pass: how many pairs it removed, and how many people lost their last pair to it.
WITH
person AS (
    SELECT user_no, max(verdict) AS last_verdict FROM screened WHERE user_no > 0 GROUP BY user_no
)
SELECT
{% for verdict in range(1, predicates + 1) %}
    (SELECT coalesce(sum(pairs), 0) FROM screened WHERE user_no > 0 AND verdict = {{ verdict }}),
    (SELECT count(*) FROM person WHERE last_verdict = {{ verdict }}){{ "," if not loop.last }}
{% endfor %}
