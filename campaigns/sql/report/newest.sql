-- The newest interaction on file, of anybody who was assigned.
SELECT max("at") FROM plays
