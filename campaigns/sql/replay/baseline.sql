-- A metric before the experiment: its value; the variance of a person's week, and of a person's sum over all weeks, of
-- those who were there in each; how many weeks that are; and how what people were like before correlates with the sum.
WITH
week AS (
    SELECT person, {{ numerator }}::DOUBLE AS happened, {{ denominator }}::DOUBLE AS could
    FROM outcomes
    WHERE edition IN {{ editions | choices }}
),
overall AS (
    SELECT sum(happened) / nullif(sum(could), 0) AS value, avg(could) AS could FROM week
),
linear AS (
    SELECT person, (happened - overall.value * week.could) / nullif(overall.could, 0) AS deviation
    FROM week
    CROSS JOIN overall
),
person AS (
    SELECT person, sum(deviation) AS deviation, count(*) AS weeks FROM linear GROUP BY person
),
steady AS (
    SELECT person.deviation, coalesce(before.days, 0) AS before
    FROM person
    LEFT JOIN before USING (person)
    WHERE person.weeks = (SELECT max(weeks) FROM person)
)
SELECT
    (SELECT value FROM overall),
    (SELECT var_samp(deviation) FROM linear),
    (SELECT var_samp(deviation) FROM steady),
    (SELECT max(weeks) FROM person),
    (SELECT CASE WHEN var_samp(before) > 0 AND var_samp(deviation) > 0 THEN corr(deviation, before) END FROM steady)
