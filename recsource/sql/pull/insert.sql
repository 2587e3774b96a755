{# Lists begin at 0, ranks at 1. Scores stay where they are: the same place in two lists is not to be had in one FROM. #}
{% from "export/names.sql" import table as named %}
INSERT INTO {{ named(table) }} ("user_id", "item_id", "rank")
SELECT l."user_id", CAST(i AS VARCHAR(256)), CAST(n AS INTEGER) + 1
FROM {{ staged | name }} AS l, l."item_ids" AS i AT n
WHERE l."user_id" IS NOT NULL
