-- The oldest and the newest interaction that is counted, of anybody who was assigned.
SELECT min("at"), max("at") FROM plays
