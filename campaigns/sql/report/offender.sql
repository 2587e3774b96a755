-- Whom to look at: the first of those without a place in the plan, and the first variant that nobody declared.
SELECT
    min(user_id) FILTER (WHERE sent_at IS NULL),
    min(assignments.variant) FILTER (WHERE sendings.variant IS NULL)
FROM sendings
JOIN people USING (person)
JOIN read_parquet({{ edition.assignments | literal }}) AS assignments USING (user_id)
