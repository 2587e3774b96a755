-- What the plan's slots name.
SELECT items.*
FROM items
SEMI JOIN (SELECT unnest(slots, recursive := true) FROM plan) AS slot ON items.item_id = slot.item_id
ORDER BY items.item_id
