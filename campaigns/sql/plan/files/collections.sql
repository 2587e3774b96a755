-- What the plan's slots name.
SELECT collections.*
FROM collections
SEMI JOIN (SELECT unnest(slots, recursive := true) FROM plan) AS slot ON collections.collection_id = slot.collection_id
ORDER BY collections.collection_id
