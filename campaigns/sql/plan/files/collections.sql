-- What the plan's slots name.
SELECT collections.*
FROM collections
SEMI JOIN (
    SELECT slot.collection_id FROM (SELECT unnest(slots) AS slot FROM plan)
) AS shown ON collections.collection_id = shown.collection_id
ORDER BY collection_id
