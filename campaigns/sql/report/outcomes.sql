-- One edition's outcomes, one row a person.
{{ "INSERT INTO outcomes" if more else "CREATE OR REPLACE TEMP TABLE outcomes AS" }}
WITH
acts AS (
    SELECT person, day AS used FROM others
    UNION ALL BY NAME
    SELECT person, day AS used, day AS done, reactions, CASE WHEN quarter IS NOT NULL THEN minutes END AS late_minutes
    FROM completions
    LEFT JOIN (SELECT title, minutes FROM titles) AS titles USING (title)
    LEFT JOIN nights
        ON completions.zone = nights.zone AND CAST(epoch_us("at") // 900000000 AS INTEGER) = nights.quarter
    UNION ALL BY NAME
    SELECT DISTINCT person, new_item FROM others WHERE new_item IS NOT NULL
),
did AS (
    SELECT
        person,
        bit_or(used) AS used,
        bit_or(done) AS done,
        bit_or(reactions) AS reactions,
        count(done) AS completions,
        sum(late_minutes) AS late_minutes,
        count(new_item) AS new_items
    FROM acts
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
    coalesce(done & 1, 0)::UTINYINT AS completed_of_sending,
{% for reaction in reactions %}
    coalesce((reactions >> {{ loop.index0 }}) & 1, 0)::UTINYINT AS completed_of_{{ reaction }},
{% endfor %}
    (earned.person IS NOT NULL)::UTINYINT AS completed_shown,
    coalesce(new_items, 0)::USMALLINT AS new_items,
    coalesce(completions, 0)::USMALLINT AS completions,
    coalesce(late_minutes, 0)::FLOAT AS late_minutes,
    coalesce(bit_count(used), 0)::UTINYINT AS active_days,
    coalesce(bit_count(done), 0)::UTINYINT AS days_7,
    {{ "coalesce(month.days, 0)" if month else "0" }}::UTINYINT AS days_28
FROM sendings
LEFT JOIN did USING (person)
{% if month %}
LEFT JOIN month USING (person)
{% endif %}
LEFT JOIN (SELECT DISTINCT person FROM earned) AS earned USING (person)
