SELECT
    excluded.user_id,
    users.first_name,
    {{ "CAST(users.%s AS VARCHAR)" % why if why else "NULL" }} AS shown
FROM read_parquet({{ excluded | literal }}) AS excluded
LEFT JOIN users ON excluded.user_id = users.user_id
WHERE excluded.reason = {{ reason | string | literal }}
ORDER BY excluded.user_id
LIMIT {{ most | literal }}
