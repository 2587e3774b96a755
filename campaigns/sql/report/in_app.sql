-- A week of a test inside the app as an edition: the assignment stands for the sending, and reached everybody.
WITH of_week AS (SELECT * FROM in_app WHERE strftime(assigned_at, '%G-W%V') = {{ week | literal }})
{% if what == "assignments" %}
SELECT user_id, variant, {{ experiment | literal }} AS experiment, 'randomised' AS method FROM of_week
{% elif what == "plan" %}
SELECT
    user_id, assigned_at AS send_at, 'UTC' AS timezone,
    CAST([] AS STRUCT(slot INTEGER, item_id VARCHAR, collection_id VARCHAR)[]) AS slots
FROM of_week
{% elif what == "responses" %}
SELECT
    user_id, true AS sent, assigned_at AS accepted_at, true AS delivered, assigned_at AS delivered_at,
    CAST(NULL AS TIMESTAMP) AS opened_at, CAST(NULL AS TIMESTAMP) AS opened_any_at,
    CAST(NULL AS TIMESTAMP) AS clicked_at, false AS bounced, false AS complained, false AS unsubscribed
FROM of_week
{% else %}
SELECT user_id, 'none' AS reason FROM of_week WHERE false
{% endif %}
