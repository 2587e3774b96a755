-- One edition's people assigned at random, and what became of the email of each.
--
-- sent_at  when it was accepted, never before it was due; for those never sent, when it was due: nobody drops out.
-- What comes later than {{ react_days }} days after that is no reaction to this email.
CREATE OR REPLACE TEMP TABLE sendings AS
WITH sent AS (
    SELECT
        person, assignments.variant, timezone,
        CASE WHEN responses.sent AND send_at IS NOT NULL THEN greatest(send_at, accepted_at) ELSE send_at END AS sent_at,
        responses.* EXCLUDE (user_id, accepted_at)
    FROM read_parquet({{ edition.assignments | literal }}) AS assignments
    JOIN people USING (user_id)
    LEFT JOIN (
        SELECT user_id, CAST(send_at AS TIMESTAMP) AS send_at, coalesce(timezone, 'UTC') AS timezone
        FROM read_parquet({{ edition.plan | literal }})
    ) AS plan USING (user_id)
    LEFT JOIN read_parquet({{ edition.responses | literal }}) AS responses USING (user_id)
    WHERE experiment = {{ experiment | literal }} AND method = 'randomised'
)
SELECT
    person,
    TRY_CAST(variant AS ENUM {{ variants | choices }}) AS variant,
    zone,
    sent_at,
    coalesce(sent, false) AS sent,
    coalesce(delivered, false) AS delivered,
    coalesce(bounced, false) AS bounced,
    coalesce(complained, false) AS complained,
    coalesce(unsubscribed, false) AS unsubscribed,
    CASE WHEN delivered THEN coalesce(greatest(delivered_at, sent_at), sent_at) END AS delivered_at,
{% for reaction in ("opened_at", "opened_any_at", "clicked_at") %}
    CASE WHEN {{ reaction }} < sent_at + INTERVAL {{ react_days }} DAY THEN {{ reaction }} END AS {{ reaction }}{{ "," if not loop.last }}
{% endfor %}
FROM sent
LEFT JOIN zones USING (timezone)
