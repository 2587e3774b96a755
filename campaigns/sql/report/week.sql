-- What each person completed in the week after one edition's email, each completion once.
-- A day is one of the 24-hour spans that begin with the sending, the same for everybody in whatever time zone; it is
-- a bit of a number.
CREATE OR REPLACE TEMP TABLE week AS
SELECT DISTINCT
    person, title, "at", timezone,
    1 << CAST((epoch_us("at") - epoch_us(sent_at)) // 86400000000 AS INTEGER) AS day
{% for reaction in reactions %}
    , coalesce("at" >= {{ reaction }}_at AND "at" < {{ reaction }}_until, false) AS of_{{ reaction }}
{% endfor %}
FROM plays
JOIN sendings USING (person)
WHERE completed AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 7 DAY
    AND "at" >= sent_at AND "at" < week_until
