-- What each person completed in the week after one edition's email, each completion once.
--
-- day        one of the 24-hour spans that begin with the sending, the same for everybody in whatever time zone;
--            it is a bit of a number.
-- reactions  since which of {{ reactions | join(", ") }} less than {{ window_hours }} hours had passed; a bit each.
CREATE OR REPLACE TEMP TABLE completions AS
SELECT DISTINCT
    person, title, "at", zone,
    CAST(1 << CAST(waited // 86400000000 AS INTEGER) AS UTINYINT) AS day,
    CAST(
{% for reaction in reactions %}
        CASE WHEN epoch_us("at") - epoch_us({{ reaction }}_at) BETWEEN 0 AND {{ window_hours }} * 3600000000 - 1
            THEN {{ 2 ** loop.index0 }} ELSE 0 END{{ " +" if not loop.last }}
{% endfor %}
    AS UTINYINT) AS reactions
FROM (
    SELECT *, epoch_us("at") - epoch_us(sent_at) AS waited
    FROM plays
    JOIN sendings USING (person)
    WHERE completed AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 7 DAY
)
WHERE waited BETWEEN 0 AND 7 * 86400000000 - 1
