-- One row a user and item: the age of their first interaction in whole days, and how many there were.
SELECT
    listener.user_no,
    item.item_no,
    (({{ at | literal }} - 1 - min(event.at)) // 86400)::INTEGER AS age,
    count(*)::FLOAT AS plays
FROM (
    SELECT "USER_ID" AS user_id, "ITEM_ID" AS item_id, "TIMESTAMP"::BIGINT AS at
    FROM {{ interactions }}
) AS event
JOIN listener ON event.user_id = listener.user_id
JOIN item ON event.item_id = item.item_id
WHERE event.at < {{ at | literal }}
GROUP BY listener.user_no, item.item_no
ORDER BY listener.user_no, item.item_no
