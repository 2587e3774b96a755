-- A past week as if it had had an edition: everybody in the audience assigned, and reached at one moment.
COPY (
{% if what == "assignments" %}
    SELECT user_id, 'everybody' AS variant, {{ experiment.name | literal }} AS experiment, 'randomised' AS method
    FROM eligible
{% elif what == "plan" %}
    SELECT
        user_id, {{ moment | literal }} AS send_at, email_language AS language,
        coalesce(users.timezone, 'UTC') AS timezone,
        CAST([] AS STRUCT(slot INTEGER, item_id VARCHAR, collection_id VARCHAR)[]) AS slots
    FROM eligible
    JOIN users USING (user_id)
{% elif what == "responses" %}
    SELECT
        user_id, true AS sent, {{ moment | literal }} AS accepted_at, true AS delivered,
        {{ moment | literal }} AS delivered_at,
        CAST(NULL AS TIMESTAMP) AS opened_at, CAST(NULL AS TIMESTAMP) AS opened_any_at,
        CAST(NULL AS TIMESTAMP) AS clicked_at, false AS bounced, false AS complained, false AS unsubscribed
    FROM eligible
{% else %}
    SELECT user_id, 'none' AS reason FROM eligible WHERE false
{% endif %}
    ORDER BY user_id
) TO {{ path | literal }} (FORMAT parquet)
