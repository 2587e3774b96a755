-- The curated picks with one list replaced; whoever else's columns stand there stay.
{% set other = "edition <> %s OR language <> %s" % (edition | literal, language | literal) %}
COPY (
    SELECT * FROM (
        SELECT * FROM curated WHERE {{ other }}
        UNION ALL BY NAME
        SELECT
            {{ edition | literal }} AS edition,
            {{ language | literal }} AS language,
            position,
            item_id,
            {{ author | literal }} AS author,
            {{ curated_at | literal }} AS curated_at
        FROM chosen
    )
    ORDER BY edition, language, position
) TO {{ path | literal }} (FORMAT {{ format }})
