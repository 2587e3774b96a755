-- On how many of the 28 days after one edition's email each person completed something.
CREATE OR REPLACE TEMP TABLE month AS
SELECT person, bit_count(bit_or(1 << CAST(waited // 86400000000 AS INTEGER))) AS days
FROM (
    SELECT person, epoch_us("at") - epoch_us(sent_at) AS waited
    FROM plays
    JOIN sendings USING (person)
    WHERE completed AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 28 DAY
)
WHERE waited BETWEEN 0 AND 28 * 86400000000 - 1
GROUP BY person
