UNLOAD ('SELECT
  "i"."item_id" AS "ITEM_ID",
  CAST(FLOOR(EXTRACT(EPOCH FROM "i"."published_at")) AS BIGINT) AS "CREATION_TIMESTAMP",
  NULLIF(TRIM(TRANSLATE("i"."kind", CHR(  10) || CHR(  13) || ''"\\\\'', ''  \\''/'')), '''') AS "KIND",
  NULLIF(TRIM(TRANSLATE("i"."narrator", CHR(  10) || CHR(  13) || ''"\\\\'', ''  \\''/'')), '''') AS "NARRATOR",
  "i"."duration_s" AS "DURATION_S",
  NULLIF(TRIM(TRANSLATE("i"."language", CHR(  10) || CHR(  13) || ''"\\\\'', ''  \\''/'')), '''') AS "LANGUAGE",
  NULLIF(TRIM(TRANSLATE("i"."topic", CHR(  10) || CHR(  13) || ''"\\\\'', ''  \\''/'')), '''') AS "TOPIC",
  NULLIF(TRIM(TRANSLATE("i"."voice_depth", CHR(  10) || CHR(  13) || ''"\\\\'', ''  \\''/'')), '''') AS "VOICE_DEPTH",
  CASE WHEN "i"."for_kids" THEN ''true'' WHEN NOT "i"."for_kids" THEN ''false'' END AS "FOR_KIDS",
  NULLIF(TRIM(TRANSLATE("i"."collection_id", CHR(  10) || CHR(  13) || ''"\\\\'', ''  \\''/'')), '''') AS "COLLECTION_ID"
FROM "items" AS "i"
WHERE
  "i"."published_at" <= CAST(''2026-11-21 00:00:00'' AS TIMESTAMP)
ORDER BY
  "ITEM_ID"')
TO 's3://lake/recs/runs/r1/dataset/items/'
IAM_ROLE 'arn:aws:iam::123456789012:role/winddown-unload'
FORMAT AS CSV
HEADER
EXTENSION 'csv'
CLEANPATH
PARALLEL OFF
