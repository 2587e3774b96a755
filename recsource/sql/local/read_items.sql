-- Every item that was described or played, numbered in the order of ids; were one described twice, by the least values.
CREATE OR REPLACE TABLE item AS
WITH described AS (
    SELECT "ITEM_ID", min(COLUMNS(* EXCLUDE ("ITEM_ID"))) AS "\0"
    FROM {{ items }}
    GROUP BY "ITEM_ID"
),
named AS (
    SELECT "ITEM_ID" FROM described
    UNION
    SELECT "ITEM_ID" FROM {{ interactions }}
)
SELECT
    (row_number() OVER (ORDER BY named."ITEM_ID") - 1)::INTEGER AS item_no,
    named."ITEM_ID" AS item_id,
    described.* EXCLUDE ("ITEM_ID")
FROM named
LEFT JOIN described ON named."ITEM_ID" = described."ITEM_ID"
WHERE named."ITEM_ID" IS NOT NULL
