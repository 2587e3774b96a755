-- What would make every figure wrong: people assigned at random twice, without a place in the plan, or to a
-- variant that nobody declared.
SELECT
    count(*) - count(DISTINCT person) AS repeated,
    count(*) FILTER (WHERE sent_at IS NULL) AS unplanned,
    count(*) FILTER (WHERE variant IS NULL) AS undeclared
FROM sendings
