-- All else that people did in the week after one edition's email; what was handed in twice stands here twice.
--
-- day       as in `completions`.
-- new_item  what they started, if it had been published in the {{ new_days }} days before the sending, or since.
CREATE OR REPLACE TEMP TABLE others AS
SELECT
    person,
    CAST(1 << CAST(waited // 86400000000 AS INTEGER) AS UTINYINT) AS day,
    CASE WHEN started AND published_at > sent_at - INTERVAL {{ new_days }} DAY THEN title END AS new_item
FROM (
    SELECT person, title, started, sent_at, epoch_us("at") - epoch_us(sent_at) AS waited
    FROM plays
    JOIN sendings USING (person)
    WHERE completed IS DISTINCT FROM true AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 7 DAY
)
LEFT JOIN (SELECT title, published_at FROM titles) AS titles USING (title)
WHERE waited BETWEEN 0 AND 7 * 86400000000 - 1
