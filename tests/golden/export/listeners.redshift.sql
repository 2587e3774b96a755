SELECT
  COUNT(*) AS "users",
  SUM(CASE WHEN "l"."interactions" >= 2 THEN 1 ELSE 0 END) AS "returning"
FROM (
  SELECT
    "e"."USER_ID",
    COUNT(*) AS "interactions"
  FROM "exported" AS "e"
  GROUP BY
    "e"."USER_ID"
) AS "l"
