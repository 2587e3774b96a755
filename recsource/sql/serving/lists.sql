-- Everybody's picks as numbers of what is shown, bucket by bucket.
SELECT
    {{ bucket }} AS bucket,
    served.user_id,
    list(shown.number ORDER BY served.slot) AS numbers
FROM served
JOIN shown ON coalesce(served.item_id, served.collection_id) = shown.id
    AND (served.item_id IS NULL) = (shown.kind = 'collection')
GROUP BY served.user_id
HAVING bucket >= {{ first | literal }}
ORDER BY bucket, served.user_id
