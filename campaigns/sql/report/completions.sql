-- What these people completed since the first sending, each completion once however often it was handed in.
CREATE OR REPLACE TEMP TABLE completions AS
SELECT DISTINCT user_id, item_id, "at"
FROM interactions
SEMI JOIN people USING (user_id)
WHERE event = 'complete' AND "at" <= {{ now | literal }} AND "at" >= (SELECT min(sent_at) FROM people)
