-- What is known of each delivery at `now`: one row a person, made of the ledger's deliveries and events.
--
-- sent          the ledger has it accepted, or an event shows that it left.
-- accepted_at   when, as the ledger or the provider knew first.
-- delivered     a provider that reports deliveries reported this one; of one that does not, it was sent and did
--               not come back. Openings do not count as proof: they may differ between the arms.
COPY (
    WITH signs AS (
        SELECT
            delivery_id,
            bool_or(type NOT IN ('deferred', 'rejected')) AS has_left,
            min("at") FILTER (type IN ('accepted', 'delivered')) AS left_at,
            min("at") FILTER (type = 'delivered') AS delivered_at,
            bool_or(type IN ('bounced', 'rejected')) AS returned,
            bool_or(type = 'bounced' AND NOT transient) AS bounced,
            bool_or(type = 'complained') AS complained,
            bool_or(type = 'unsubscribed') AS unsubscribed,
            min("at") FILTER (type = 'opened' AND NOT machine) AS opened_at,
            min("at") FILTER (type = 'opened') AS opened_any_at,
            min("at") FILTER (type = 'clicked' AND NOT machine) AS clicked_at
        FROM events
        WHERE "at" <= {{ now | literal }}
        GROUP BY delivery_id
    ),
    known AS (
        SELECT
            deliveries.user_id,
            coalesce(state = 'accepted' OR has_left, false) AS sent,
            least(CASE WHEN state = 'accepted' THEN changed_at END, left_at) AS accepted_at,
            CASE
                WHEN (SELECT count(delivered_at) FROM signs) > 0 THEN delivered_at IS NOT NULL
                ELSE NOT coalesce(returned, false)
            END AS arrived,
            signs.* EXCLUDE (delivery_id, has_left, left_at, returned)
        FROM deliveries
        LEFT JOIN signs USING (delivery_id)
    )
    SELECT
        user_id, sent, accepted_at, sent AND arrived AS delivered, delivered_at, opened_at, opened_any_at, clicked_at,
        coalesce(bounced, false) AS bounced,
        coalesce(complained, false) AS complained,
        coalesce(unsubscribed, false) AS unsubscribed
    FROM known
    ORDER BY user_id
) TO {{ path | literal }} (FORMAT parquet, COMPRESSION zstd)
