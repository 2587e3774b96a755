-- Everybody's picks as numbers of what is shown, bucket by bucket.
SELECT
    {{ bucket }} AS bucket,
    picks.user_id,
    list(shown.number ORDER BY picks.slot) AS numbers
FROM picks
JOIN shown ON coalesce(picks.item_id, picks.collection_id) = shown.id
    AND (picks.item_id IS NULL) = (shown.kind = 'collection')
GROUP BY picks.user_id
HAVING bucket >= {{ first | literal }}
ORDER BY bucket, picks.user_id
