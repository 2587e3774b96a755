UNLOAD ('WITH "heard" AS (
  SELECT
    "i"."user_id",
    "i"."item_id",
    "i"."event",
    "i"."at"
  FROM "interactions" AS "i"
  WHERE
    "i"."at" > CAST(''2026-08-23 00:00:00'' AS TIMESTAMP)
    AND "i"."at" <= CAST(''2026-11-21 00:00:00'' AS TIMESTAMP)
    AND "i"."event" IN (''complete'', ''favourite'')
), "item" AS (
  SELECT
    "i".*
  FROM "items" AS "i"
  WHERE
    "i"."published_at" <= CAST(''2026-11-21 00:00:00'' AS TIMESTAMP)
), "member" AS (
  SELECT
    "u".*
  FROM "users" AS "u"
  WHERE
    (
      "u"."signed_up_at" IS NULL
      OR "u"."signed_up_at" <= CAST(''2026-11-21 00:00:00'' AS TIMESTAMP)
    )
    AND "u"."subscription" IN (''active'', ''it\\''s a trial'')
    AND "u"."language" IN (''en'', ''back\\\\slash'')
), "active" AS (
  SELECT
    "h"."user_id"
  FROM "heard" AS "h"
  WHERE
    "h"."user_id" IN (
      SELECT
        "m"."user_id"
      FROM "member" AS "m"
    )
    AND "h"."item_id" IN (
      SELECT
        "i"."item_id"
      FROM "item" AS "i"
    )
  GROUP BY
    "h"."user_id"
  HAVING
    COUNT(*) >= 5
), "played" AS (
  SELECT
    "h"."user_id",
    FLOOR(CAST(EXTRACT(HOUR FROM "h"."at") AS DOUBLE PRECISION) / 6.0) AS "quarter",
    COUNT(*) AS "plays"
  FROM "heard" AS "h"
  GROUP BY
    "h"."user_id",
    FLOOR(CAST(EXTRACT(HOUR FROM "h"."at") AS DOUBLE PRECISION) / 6.0)
), "placed" AS (
  SELECT
    "p"."user_id",
    "p"."quarter",
    ROW_NUMBER() OVER (PARTITION BY "p"."user_id" ORDER BY "p"."plays" DESC NULLS LAST, "p"."quarter") AS "place"
  FROM "played" AS "p"
), "favourite" AS (
  SELECT
    "p"."user_id",
    CASE "p"."quarter"
      WHEN 0
      THEN ''00-06''
      WHEN 1
      THEN ''06-12''
      WHEN 2
      THEN ''12-18''
      ELSE ''18-24''
    END AS "favourite_time"
  FROM "placed" AS "p"
  WHERE
    "p"."place" = 1
)
SELECT
  "m"."user_id" AS "USER_ID",
  CAST(FLOOR(EXTRACT(EPOCH FROM "m"."signed_up_at")) AS BIGINT) AS "SIGNED_UP_AT",
  NULLIF(
    TRIM(TRANSLATE("f"."favourite_time", CHR(  10) || CHR(  13) || ''"\\\\'', ''  \\''/'')),
    ''''
  ) AS "FAVOURITE_TIME"
FROM "member" AS "m"
LEFT JOIN "favourite" AS "f"
  ON "m"."user_id" = "f"."user_id"
WHERE
  "m"."user_id" IN (
    SELECT
      "a"."user_id"
    FROM "active" AS "a"
  )
ORDER BY
  "USER_ID"')
TO 's3://lake/recs/runs/r1/dataset/users/'
IAM_ROLE 'arn:aws:iam::123456789012:role/winddown-unload'
FORMAT AS CSV
HEADER
EXTENSION 'csv'
CLEANPATH
PARALLEL OFF
