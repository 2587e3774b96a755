-- One thread writes: the bytes are then a function of the rows alone.
COPY (
{% if what == "plan" %}
    SELECT * FROM plan ORDER BY position
{% elif what == "excluded" %}
    SELECT user_id, reason FROM people WHERE reason IS NOT NULL ORDER BY user_id
{% elif what in ("items", "collections") %}
{% set key = "item_id" if what == "items" else "collection_id" %}
    SELECT {{ what }}.*
    FROM {{ what }}
    SEMI JOIN (SELECT unnest(slots, recursive := true) FROM plan) AS slot ON {{ what }}.{{ key }} = slot.{{ key }}
    ORDER BY {{ what }}.{{ key }}
{% else %}
    SELECT
        {{ edition.campaign | literal }} AS campaign,
        {{ edition.name | literal }} AS edition,
        assigned.user_id,
        {{ experiment.name | literal }} AS experiment,
        assigned.variant,
        assigned.bucket,
        {{ experiment.salt | literal }} AS salt,
        {{ assigned_at | literal }} AS assigned_at,
        assigned.method
    FROM assigned
    ORDER BY assigned.user_id
{% endif %}
) TO {{ path | literal }} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000)
