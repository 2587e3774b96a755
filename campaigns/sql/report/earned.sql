-- The items that people completed within 24 hours of the email that showed them, by the slot that did.
CREATE OR REPLACE TEMP TABLE earned AS
WITH completed AS (
    SELECT DISTINCT person, title FROM completions WHERE day = 1 AND title IS NOT NULL
),
shown AS (
    SELECT person, unnest(slots, recursive := true)
    FROM (SELECT user_id, slots FROM read_parquet({{ edition.plan | literal }})) AS plan
    JOIN (SELECT * FROM people SEMI JOIN completed USING (person)) AS people USING (user_id)
),
-- A collection stands for each of its items.
items_shown AS (
    SELECT person, slot, title
    FROM shown
    JOIN titles ON shown.item_id = titles.item_id
    WHERE shown.collection_id IS NULL
    UNION ALL
    SELECT person, slot, title
    FROM shown
    JOIN titles ON shown.collection_id = titles.collection_id
)
SELECT person, title, min(slot) AS slot
FROM items_shown
JOIN completed USING (person, title)
GROUP BY person, title
