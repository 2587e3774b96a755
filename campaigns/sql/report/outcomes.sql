-- One edition's outcomes, one row a person.
-- A day is one of the 24-hour spans that begin with the sending, the same for everybody in whatever time zone;
-- the days on which something happened are the bits of a number.
{% set day -%}
1 << CAST((epoch_us("at") - epoch_us(sent_at)) // 86400000000 AS INTEGER)
{%- endset %}
{{ "INSERT INTO outcomes" if more else "CREATE OR REPLACE TEMP TABLE outcomes AS" }}
WITH
month AS (
    SELECT person, bit_or({{ day }}) AS days_completed
    FROM plays
    JOIN sendings USING (person)
    WHERE completed AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 28 DAY
        AND "at" >= sent_at AND "at" < month_until
    GROUP BY person
),
did AS (
    SELECT
        person,
        bit_or({{ day }}) AS days_active,
{% for reaction in reactions %}
        bool_or(completed AND "at" >= {{ reaction }}_at AND "at" < {{ reaction }}_until) AS completed_of_{{ reaction }}{{ "," if not loop.last }}
{% endfor %}
    FROM plays
    JOIN sendings USING (person)
    WHERE "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 7 DAY
        AND "at" >= sent_at AND "at" < week_until
    GROUP BY person
),
started AS (
    SELECT person, count(DISTINCT title) AS new_items
    FROM plays
    JOIN sendings USING (person)
    JOIN (SELECT title, published_at FROM titles) AS titles USING (title)
    WHERE started AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 7 DAY
        AND "at" >= sent_at AND "at" < week_until
        AND published_at > sent_at - INTERVAL {{ new_days }} DAY
    GROUP BY person
),
completions AS (
    SELECT person, count(*) AS completions, sum(minutes) FILTER (quarter IS NOT NULL) AS late_minutes
    FROM week
    JOIN (SELECT person, timezone FROM sendings) AS sendings USING (person)
    LEFT JOIN (SELECT title, minutes FROM titles) AS titles USING (title)
    LEFT JOIN nights
        ON sendings.timezone = nights.timezone AND time_bucket(INTERVAL 15 MINUTE, "at") = nights.quarter
    GROUP BY person
)
SELECT
    CAST({{ edition.name | literal }} AS ENUM {{ editions | choices }}) AS edition,
    person,
    variant,
    1::UTINYINT AS assigned,
    sent::UTINYINT AS sent,
    delivered::UTINYINT AS delivered,
    (opened_any_at IS NOT NULL)::UTINYINT AS opened_any,
    (opened_at IS NOT NULL)::UTINYINT AS opened,
    (clicked_at IS NOT NULL)::UTINYINT AS clicked,
    bounced::UTINYINT AS bounced,
    complained::UTINYINT AS complained,
    unsubscribed::UTINYINT AS unsubscribed,
    coalesce(days_completed & 1, 0)::UTINYINT AS completed_of_sending,
{% for reaction in reactions %}
    coalesce(completed_of_{{ reaction }}, false)::UTINYINT AS completed_of_{{ reaction }},
{% endfor %}
    (earned.person IS NOT NULL)::UTINYINT AS completed_shown,
    coalesce(new_items, 0)::USMALLINT AS new_items,
    coalesce(completions, 0)::USMALLINT AS completions,
    coalesce(late_minutes, 0)::FLOAT AS late_minutes,
    coalesce(bit_count(days_active & 127), 0)::UTINYINT AS active_days,
    coalesce(bit_count(days_completed & 127), 0)::UTINYINT AS days_7,
    coalesce(bit_count(days_completed), 0)::UTINYINT AS days_28
FROM sendings
LEFT JOIN month USING (person)
LEFT JOIN did USING (person)
LEFT JOIN started USING (person)
LEFT JOIN completions USING (person)
LEFT JOIN (SELECT DISTINCT person FROM earned) AS earned USING (person)
