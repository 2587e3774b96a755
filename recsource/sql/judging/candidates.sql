-- The items that could have been recommended: those that were there when the lists were made.
SELECT
    items.item_id,
    items.published_at > {{ window.new_since | literal }} AS is_new,
    items.for_kids,
    items.language,
    coalesce(known.listeners, 0) AS listeners
FROM items
LEFT JOIN (
    SELECT interactions.item_id, count(DISTINCT interactions.user_id) AS listeners
    FROM interactions
    WHERE interactions.event IN {{ events | literal }} AND interactions.at <= {{ window.split | literal }}
    GROUP BY interactions.item_id
) AS known ON items.item_id = known.item_id
WHERE items.published_at <= {{ window.split | literal }}
ORDER BY items.item_id
