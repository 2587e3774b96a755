UNLOAD ('WITH "heard" AS (
  SELECT
    "i"."user_id",
    "i"."item_id",
    "i"."event",
    "i"."at"
  FROM "interactions" AS "i"
  WHERE
    "i"."at" > CAST(''2025-11-21 00:00:00'' AS TIMESTAMP)
    AND "i"."at" <= CAST(''2026-11-21 00:00:00'' AS TIMESTAMP)
    AND "i"."event" IN (''complete'', ''favourite'', ''listen'')
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
    COUNT(*) >= 1 AND MAX("h"."at") > CAST(''2026-05-25 00:00:00'' AS TIMESTAMP)
), "numbered" AS (
  SELECT
    "h"."user_id",
    "h"."item_id",
    "h"."event",
    "h"."at",
    ROW_NUMBER() OVER (
      PARTITION BY "h"."user_id", "h"."item_id"
      ORDER BY "h"."at" DESC NULLS LAST, CASE "h"."event"
        WHEN ''complete''
        THEN 2.0
        WHEN ''favourite''
        THEN 3.0
        WHEN ''listen''
        THEN 1.0
      END DESC NULLS LAST, "h"."event"
    ) AS "recency"
  FROM "heard" AS "h"
  WHERE
    "h"."user_id" IN (
      SELECT
        "a"."user_id"
      FROM "active" AS "a"
    )
    AND "h"."item_id" IN (
      SELECT
        "i"."item_id"
      FROM "item" AS "i"
    )
)
SELECT
  "n"."user_id" AS "USER_ID",
  "n"."item_id" AS "ITEM_ID",
  CAST(FLOOR(EXTRACT(EPOCH FROM "n"."at")) AS BIGINT) AS "TIMESTAMP",
  "n"."event" AS "EVENT_TYPE",
  CASE "n"."event"
    WHEN ''complete''
    THEN 2.0
    WHEN ''favourite''
    THEN 3.0
    WHEN ''listen''
    THEN 1.0
  END AS "EVENT_VALUE"
FROM "numbered" AS "n"
WHERE
  "n"."recency" <= 3
ORDER BY
  "USER_ID",
  "TIMESTAMP",
  "ITEM_ID",
  "EVENT_TYPE"')
TO 's3://lake/recs/runs/r1/dataset/interactions/'
IAM_ROLE 'arn:aws:iam::123456789012:role/winddown-unload'
FORMAT AS CSV
HEADER
EXTENSION 'csv'
CLEANPATH
PARALLEL OFF
