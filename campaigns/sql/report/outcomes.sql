-- One edition's outcomes, one row a person.
{{ "INSERT INTO outcomes" if more else "CREATE OR REPLACE TEMP TABLE outcomes AS" }}
WITH
used AS (
    SELECT person, bit_or(day) AS days FROM week GROUP BY person
),
started AS (
    SELECT person, count(*) AS new_items
    FROM (SELECT DISTINCT person, title FROM week WHERE started_new)
    GROUP BY person
),
completed AS (
    SELECT
        person,
        count(*) AS completions,
        bit_or(day) AS days,
        bit_or(reactions) AS reactions,
        sum(minutes) FILTER (quarter IS NOT NULL) AS late_minutes
    FROM completions
    LEFT JOIN (SELECT title, minutes FROM titles) AS titles USING (title)
    LEFT JOIN nights
        ON completions.zone = nights.zone AND time_bucket(INTERVAL 15 MINUTE, "at") = nights.quarter
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
    coalesce(completed.days & 1, 0)::UTINYINT AS completed_of_sending,
{% for reaction in reactions %}
    coalesce((reactions >> {{ loop.index0 }}) & 1, 0)::UTINYINT AS completed_of_{{ reaction }},
{% endfor %}
    (earned.person IS NOT NULL)::UTINYINT AS completed_shown,
    coalesce(new_items, 0)::USMALLINT AS new_items,
    coalesce(completions, 0)::USMALLINT AS completions,
    coalesce(late_minutes, 0)::FLOAT AS late_minutes,
    coalesce(bit_count(used.days), 0)::UTINYINT AS active_days,
    coalesce(bit_count(completed.days), 0)::UTINYINT AS days_7,
    {{ "coalesce(month.days, 0)" if month else "0" }}::UTINYINT AS days_28
FROM sendings
LEFT JOIN used USING (person)
LEFT JOIN started USING (person)
LEFT JOIN completed USING (person)
{% if month %}
LEFT JOIN month USING (person)
{% endif %}
LEFT JOIN (SELECT DISTINCT person FROM earned) AS earned USING (person)
