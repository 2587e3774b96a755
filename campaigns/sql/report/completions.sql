-- What each person completed in that week, each completion once.
CREATE OR REPLACE TEMP TABLE completions AS
SELECT DISTINCT person, title, "at", zone, day, reactions
FROM week
WHERE completed
