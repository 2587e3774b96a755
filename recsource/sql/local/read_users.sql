-- Every user who was described or has a history, numbered in the order of ids, and the group of those who are alike;
-- group 0 is of those of whom nothing is known.
CREATE OR REPLACE TABLE listener AS
WITH described AS (
    SELECT "USER_ID" AS user_id, min({% for column in similar_by %}coalesce({{ column | name }}, '') || chr(31) || {% endfor %}'') AS likeness
    FROM {{ users }}
    GROUP BY "USER_ID"
),
named AS (
    SELECT user_id FROM described
    UNION
    SELECT "USER_ID" FROM {{ interactions }}
)
SELECT
    (row_number() OVER (ORDER BY named.user_id) - 1)::INTEGER AS user_no,
    named.user_id,
    CASE WHEN described.likeness IS NULL THEN 0 ELSE dense_rank() OVER (ORDER BY described.likeness NULLS LAST) END::INTEGER AS group_no
FROM named
LEFT JOIN described ON named.user_id = described.user_id
WHERE named.user_id IS NOT NULL
