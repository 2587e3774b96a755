-- What the plan's slots name.
SELECT items.*
FROM items
SEMI JOIN (
    SELECT slot.item_id FROM (SELECT unnest(slots) AS slot FROM plan)
) AS shown ON items.item_id = shown.item_id
ORDER BY item_id
