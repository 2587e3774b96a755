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
)SELECT
    m."user_id" AS "USER_ID",
    NULLIF(TRIM(TRANSLATE(m."language", CHR(10) || CHR(13) || '"\', '  ''/')), '') AS "LANGUAGE",
    NULLIF(TRIM(TRANSLATE(m."country", CHR(10) || CHR(13) || '"\', '  ''/')), '') AS "COUNTRY",
    NULLIF(TRIM(TRANSLATE(m."subscription", CHR(10) || CHR(13) || '"\', '  ''/')), '') AS "SUBSCRIPTION"
FROM member AS m
WHERE m.user_id IN (SELECT a.user_id FROM active AS a) OR m.email_consent
ORDER BY "USER_ID"
