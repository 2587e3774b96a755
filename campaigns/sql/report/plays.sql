-- All that these people did in the app from the first email on, and what they completed in the weeks before it, as
-- far as is known at `now`; what was handed in twice stands here twice.
CREATE OR REPLACE TEMP TABLE plays AS
SELECT person, title, event = 'listen' AS started, event = 'complete' AS completed, "at"
FROM interactions
JOIN people USING (user_id)
LEFT JOIN titles USING (item_id)
WHERE "at" >= {{ since | literal }} AND "at" < {{ until | literal }} AND "at" <= {{ now | literal }}
    AND ("at" >= {{ first | literal }} OR event = 'complete')
