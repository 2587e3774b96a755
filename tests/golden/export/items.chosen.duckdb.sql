SELECT
    i."item_id" AS "ITEM_ID",
    CAST(FLOOR(EXTRACT(EPOCH FROM i."published_at")) AS BIGINT) AS "CREATION_TIMESTAMP",
    CASE WHEN i."for_kids" THEN 'true' WHEN NOT i."for_kids" THEN 'false' END AS "FOR_KIDS",
    i."duration_s" AS "DURATION_S",
    NULLIF(TRIM(LEFT(TRANSLATE(i."description", CHR(10) || CHR(13) || '"\', '  ''/'), 20000)), '') AS "DESCRIPTION"
FROM "items" AS i
WHERE i.published_at <= TIMESTAMP '2026-11-21 00:00:00'
ORDER BY "ITEM_ID"
