-- What each person completed in the week after one edition's email, each completion once.
CREATE OR REPLACE TEMP TABLE week AS
SELECT DISTINCT person, title, "at"
FROM plays
JOIN sendings USING (person)
WHERE completed AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 7 DAY
    AND "at" >= sent_at AND "at" < week_until
