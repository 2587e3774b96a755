-- The people of a batch, each once, in the order of ids; `user_no` is -1 of those whom nothing is known of.
SELECT
    recipient.user_id,
    coalesce(listener.user_no, -1)::INTEGER AS user_no,
    coalesce(listener.group_no, 0)::INTEGER AS group_no
FROM (
    SELECT DISTINCT "userId" AS user_id
    FROM read_json({{ file | literal }}, format = 'newline_delimited', columns = {"userId": 'VARCHAR'})
    WHERE "userId" IS NOT NULL
) AS recipient
LEFT JOIN listener ON recipient.user_id = listener.user_id
ORDER BY recipient.user_id
