-- What would make every figure wrong: people assigned at random twice, or without a place in the plan.
SELECT
    count(*) - count(DISTINCT user_id) AS repeated,
    count(*) FILTER (WHERE delivery_id IS NULL) AS unplanned,
    min(user_id) FILTER (WHERE delivery_id IS NULL) AS unplanned_user
FROM assigned
