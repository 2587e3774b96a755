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
)
SELECT
  "m"."user_id" AS "USER_ID"
FROM "member" AS "m"
WHERE
  "m"."email_consent"
  AND "m"."user_id" IN (
    SELECT
      "a"."user_id"
    FROM "active" AS "a"
  )
ORDER BY
  "USER_ID"')
TO 's3://lake/recs/runs/r1/dataset/recipients/'
IAM_ROLE 'arn:aws:iam::123456789012:role/winddown-unload'
FORMAT AS CSV
HEADER
EXTENSION 'csv'
CLEANPATH
PARALLEL OFF
