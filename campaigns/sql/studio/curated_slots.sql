-- What one reader would be shown of the curated picks.
SELECT unnest(curated_lists.slots, recursive := true)
FROM readers
JOIN curated_lists
    ON readers.email_language = curated_lists.language AND readers.hears_kids = curated_lists.hears_kids
WHERE readers.user_id = {{ user_id | literal }}
