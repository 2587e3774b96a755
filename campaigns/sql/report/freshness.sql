-- When the last window closes, and the newest interaction on file, of anybody.
SELECT
    (SELECT max(sent_at) + INTERVAL {{ window_hours }} HOUR FROM people),
    (SELECT max("at") FROM interactions WHERE "at" <= {{ now | literal }})
