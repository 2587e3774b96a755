-- What the ledger is told of each delivery and its assignment.
SELECT
    plan.delivery_id, plan.position, plan.user_id, people.address_key, plan.send_at,
    assigned.variant, assigned.bucket, assigned.method
FROM plan
JOIN people ON plan.user_id = people.user_id
JOIN assigned ON plan.user_id = assigned.user_id
ORDER BY plan.position
