-- What would make every figure wrong: people assigned at random twice, without a place in the plan, or to a
-- variant that nobody declared.
SELECT
    count(*) - count(DISTINCT user_id) AS repeated,
    count(*) FILTER (WHERE send_at IS NULL) AS unplanned,
    min(user_id) FILTER (WHERE send_at IS NULL) AS unplanned_user,
    min(variant) FILTER (WHERE NOT list_contains({{ variants | literal }}, variant)) AS undeclared
FROM read_parquet({{ edition.assignments | literal }}) AS assignments
LEFT JOIN (SELECT user_id, send_at FROM read_parquet({{ edition.plan | literal }})) AS plan USING (user_id)
WHERE experiment = {{ experiment | literal }} AND method = 'randomised'
