-- The people that are replayed: all, or so many by their shard.
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT person, user_id
FROM people
WHERE person IN (SELECT DISTINCT person FROM outcomes)
QUALIFY row_number() OVER (ORDER BY md5('replayed-' || user_id), user_id) <= {{ most | literal }}
