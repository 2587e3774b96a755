-- Everyone assigned at random, one row each, and what became of their delivery as far as is known at `now`.
--
-- sent       the ledger has it accepted, or an event shows that it left.
-- delivered  a provider that reports deliveries reported this one; of one that does not, it was sent and
--            did not come back. Openings do not count as proof: they may differ between the arms.
-- sent_at    when it was accepted, as the ledger or the provider knew first, never before it was due;
--            for those never sent, when it was due: nobody drops out.
CREATE OR REPLACE TEMP TABLE people AS
WITH signs AS (
    SELECT
        delivery_id,
        bool_or(type NOT IN ('deferred', 'rejected')) AS has_left,
        min("at") FILTER (type IN ('accepted', 'delivered')) AS left_at,
        bool_or(type = 'delivered') AS delivered,
        bool_or(type IN ('bounced', 'rejected')) AS returned,
        min("at") FILTER (type = 'opened' AND NOT machine) AS opened_at,
        min("at") FILTER (type = 'opened') AS opened_any_at,
        bool_or(type = 'clicked' AND NOT machine) AS clicked
    FROM events
    WHERE "at" <= {{ now | literal }}
    GROUP BY delivery_id
),
sendings AS (
    SELECT
        assigned.user_id,
        assigned.variant,
        coalesce(state = 'accepted' OR has_left, false) AS sent,
        CASE
            WHEN (SELECT bool_or(delivered) FROM signs) THEN coalesce(signs.delivered, false)
            ELSE NOT coalesce(returned, false)
        END AS arrived,
        CASE WHEN state = 'accepted' THEN changed_at END AS accepted_at,
        left_at, send_at, opened_at, opened_any_at, coalesce(clicked, false) AS clicked
    FROM assigned
    LEFT JOIN deliveries USING (delivery_id)
    LEFT JOIN signs USING (delivery_id)
),
times AS (
    SELECT *, CASE WHEN sent THEN greatest(send_at, least(accepted_at, left_at)) ELSE send_at END AS sent_at
    FROM sendings
)
SELECT
    user_id,
    variant,
    sent_at,
    opened_at,
    opened_any_at,
    true AS assigned,
    sent,
    sent AND arrived AS delivered,
    opened_at IS NOT NULL AS opened,
    opened_any_at IS NOT NULL AS opened_any,
    clicked,
    sent_at + INTERVAL {{ window_hours }} HOUR > {{ now | literal }} AS sending_pending,
    coalesce(opened_at + INTERVAL {{ window_hours }} HOUR > {{ now | literal }}, false) AS opening_pending,
    coalesce(opened_any_at + INTERVAL {{ window_hours }} HOUR > {{ now | literal }}, false) AS any_opening_pending
FROM times
