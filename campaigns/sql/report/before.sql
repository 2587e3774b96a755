-- On how many of the {{ days }} days before the experiment each person completed something: what they were like before.
CREATE OR REPLACE TEMP TABLE before AS
SELECT
    person,
    bit_count(bit_or(1 << CAST((epoch_us({{ begun | literal }}) - epoch_us("at") - 1) // 86400000000 AS INTEGER))) AS days
FROM plays
WHERE completed AND "at" < {{ begun | literal }} AND "at" >= {{ begun | literal }} - INTERVAL {{ days }} DAY
GROUP BY person
