SELECT
  COUNT(*) AS "rows",
  SUM(
    CASE
      WHEN "e"."USER_ID" IS NULL
      OR "e"."USER_ID" <> TRANSLATE("e"."USER_ID", CHR(  10) || CHR(  13) || '"\\', '')
      OR "e"."USER_ID" = ''
      THEN 1
      ELSE 0
    END
  ) AS "malformed USER_ID",
  SUM(CASE WHEN LENGTH("e"."USER_ID") > 256 THEN 1 ELSE 0 END) AS "long USER_ID",
  SUM(
    CASE
      WHEN "e"."ITEM_ID" IS NULL
      OR "e"."ITEM_ID" <> TRANSLATE("e"."ITEM_ID", CHR(  10) || CHR(  13) || '"\\', '')
      OR "e"."ITEM_ID" = ''
      THEN 1
      ELSE 0
    END
  ) AS "malformed ITEM_ID",
  SUM(CASE WHEN LENGTH("e"."ITEM_ID") > 256 THEN 1 ELSE 0 END) AS "long ITEM_ID",
  SUM(CASE WHEN LENGTH("e"."EVENT_TYPE") > 256 THEN 1 ELSE 0 END) AS "long EVENT_TYPE"
FROM "exported" AS "e"
