{% macro within(start) -%}
"at" >= {{ start }} AND "at" < {{ start }} + INTERVAL {{ window_hours }} HOUR
{%- endmacro %}
-- Each person's outcomes. A window holds its first instant and not its last: [t, t + 24 h).
CREATE OR REPLACE TEMP TABLE outcomes AS
WITH completed AS (
    SELECT
        user_id,
        bool_or({{ within("sent_at") }}) AS completed_of_sending,
        bool_or({{ within("opened_at") }}) AS completed_of_opening,
        bool_or({{ within("opened_any_at") }}) AS completed_of_any_opening
    FROM completions
    JOIN people USING (user_id)
    GROUP BY user_id
)
SELECT
    people.*,
    coalesce(completed_of_sending, false) AS completed_of_sending,
    coalesce(completed_of_opening, false) AS completed_of_opening,
    coalesce(completed_of_any_opening, false) AS completed_of_any_opening
FROM people
LEFT JOIN completed USING (user_id)
