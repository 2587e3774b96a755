-- The newest interaction on file, of anybody.
SELECT max("at") FROM interactions WHERE "at" <= {{ now | literal }}
