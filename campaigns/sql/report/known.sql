-- The oldest and the newest interaction on file, of anybody who was assigned.
SELECT min("at"), max("at") FROM plays
