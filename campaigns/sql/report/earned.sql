-- The items that people completed in the week after the email that showed them, by the slot that did.
CREATE OR REPLACE TEMP TABLE earned AS
WITH completed AS (
    SELECT DISTINCT person, title FROM week WHERE title IS NOT NULL
),
shown AS (
    SELECT user_id, unnest(slots, recursive := true) FROM read_parquet({{ edition.plan | literal }})
),
-- A collection stands for each of its items.
items_shown AS (
    SELECT user_id, slot, title
    FROM shown
    JOIN titles ON shown.item_id = titles.item_id
    WHERE shown.collection_id IS NULL
    UNION ALL
    SELECT user_id, slot, title
    FROM shown
    JOIN titles ON shown.collection_id = titles.collection_id
)
SELECT person, title, min(slot) AS slot
FROM items_shown
JOIN people USING (user_id)
JOIN completed USING (person, title)
GROUP BY person, title
