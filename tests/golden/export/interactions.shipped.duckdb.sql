WITH
heard AS (
    SELECT i.user_id, i.item_id, i.event, i.at
    FROM "interactions" AS i
    WHERE i.at > TIMESTAMP '2025-11-21 00:00:00' AND i.at <= TIMESTAMP '2026-11-21 00:00:00'
        AND i.event IN ('complete', 'favourite', 'listen')
),
item AS (
    SELECT i.*
    FROM "items" AS i
    WHERE i.published_at <= TIMESTAMP '2026-11-21 00:00:00'
),
member AS (
    SELECT u.*
    FROM "users" AS u
    WHERE (u.signed_up_at IS NULL OR u.signed_up_at <= TIMESTAMP '2026-11-21 00:00:00')
),
active AS (
    SELECT h.user_id
    FROM heard AS h
    WHERE h.user_id IN (SELECT m.user_id FROM member AS m) AND h.item_id IN (SELECT i.item_id FROM item AS i)
    GROUP BY h.user_id
    HAVING COUNT(*) >= 1 AND MAX(h.at) > TIMESTAMP '2026-05-25 00:00:00'
),
-- The latest first; of what happened in one instant, the strongest.
numbered AS (
    SELECT
        h.user_id, h.item_id, h.event, h.at,
        ROW_NUMBER() OVER (
            PARTITION BY h.user_id, h.item_id ORDER BY h.at DESC, CASE h.event WHEN 'complete' THEN 2.0 WHEN 'favourite' THEN 3.0 WHEN 'listen' THEN 1.0 END DESC, h.event
        ) AS recency
    FROM heard AS h
    WHERE h.user_id IN (SELECT a.user_id FROM active AS a) AND h.item_id IN (SELECT i.item_id FROM item AS i)
)
SELECT
    n."user_id" AS "USER_ID",
    n."item_id" AS "ITEM_ID",
    CAST(FLOOR(EXTRACT(EPOCH FROM n."at")) AS BIGINT) AS "TIMESTAMP",
    n."event" AS "EVENT_TYPE",
    CASE n."event" WHEN 'complete' THEN 2.0 WHEN 'favourite' THEN 3.0 WHEN 'listen' THEN 1.0 END AS "EVENT_VALUE"
FROM numbered AS n
WHERE n.recency <= 3
ORDER BY "USER_ID", "TIMESTAMP", "ITEM_ID", "EVENT_TYPE"
