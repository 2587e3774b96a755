-- One edition's outcomes, one row a person.
{{ "INSERT INTO outcomes" if more else "CREATE OR REPLACE TEMP TABLE outcomes AS" }}
WITH
used AS (
    SELECT
        person,
        bit_or(1 << CAST((epoch_us("at") - epoch_us(sent_at)) // 86400000000 AS INTEGER)) AS days
    FROM plays
    JOIN sendings USING (person)
    WHERE "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 7 DAY
        AND "at" >= sent_at AND "at" < week_until
    GROUP BY person
),
started AS (
    SELECT person, count(DISTINCT title) AS new_items
    FROM plays
    JOIN (
        SELECT title, published_at FROM titles WHERE published_at > {{ first | literal }} - INTERVAL {{ new_days }} DAY
    ) AS fresh USING (title)
    JOIN sendings USING (person)
    WHERE started AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 7 DAY
        AND "at" >= sent_at AND "at" < week_until
        AND published_at > sent_at - INTERVAL {{ new_days }} DAY
    GROUP BY person
),
completed AS (
    SELECT
        person,
        count(*) AS completions,
        bit_or(day) AS days,
        sum(minutes) FILTER (quarter IS NOT NULL) AS late_minutes,
{% for reaction in reactions %}
        bool_or(of_{{ reaction }}) AS of_{{ reaction }}{{ "," if not loop.last }}
{% endfor %}
    FROM week
    LEFT JOIN (SELECT title, minutes FROM titles) AS titles USING (title)
    LEFT JOIN nights
        ON week.timezone = nights.timezone AND time_bucket(INTERVAL 15 MINUTE, "at") = nights.quarter
    GROUP BY person
)
{% if month %}
, month AS (
    SELECT
        person,
        bit_count(bit_or(1 << CAST((epoch_us("at") - epoch_us(sent_at)) // 86400000000 AS INTEGER))) AS days_28
    FROM plays
    JOIN sendings USING (person)
    WHERE completed AND "at" >= {{ first | literal }} AND "at" < {{ last | literal }} + INTERVAL 28 DAY
        AND "at" >= sent_at AND "at" < month_until
    GROUP BY person
)
{% endif %}
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
    coalesce(completed.days & 1, 0)::UTINYINT AS completed_of_sending,
{% for reaction in reactions %}
    coalesce(of_{{ reaction }}, false)::UTINYINT AS completed_of_{{ reaction }},
{% endfor %}
    (earned.person IS NOT NULL)::UTINYINT AS completed_shown,
    coalesce(new_items, 0)::USMALLINT AS new_items,
    coalesce(completions, 0)::USMALLINT AS completions,
    coalesce(late_minutes, 0)::FLOAT AS late_minutes,
    coalesce(bit_count(used.days), 0)::UTINYINT AS active_days,
    coalesce(bit_count(completed.days), 0)::UTINYINT AS days_7,
    {{ "coalesce(days_28, 0)" if month else "0" }}::UTINYINT AS days_28
FROM sendings
LEFT JOIN used USING (person)
LEFT JOIN started USING (person)
LEFT JOIN completed USING (person)
{% if month %}
LEFT JOIN month USING (person)
{% endif %}
LEFT JOIN (SELECT DISTINCT person FROM earned) AS earned USING (person)
