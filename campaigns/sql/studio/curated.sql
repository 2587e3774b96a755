SELECT item_id FROM curated
WHERE edition = {{ edition | literal }} AND language = {{ language | literal }}
ORDER BY position
