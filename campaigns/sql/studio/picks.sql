-- One person's picks, with what each is called.
SELECT picks.slot, picks.source, picks.item_id, picks.collection_id, picks.rank, coalesce(items.title, collections.title) AS title
FROM picks
LEFT JOIN items ON picks.item_id = items.item_id
LEFT JOIN collections ON picks.collection_id = collections.collection_id
WHERE picks.user_id = {{ user_id | literal }}
ORDER BY picks.slot
