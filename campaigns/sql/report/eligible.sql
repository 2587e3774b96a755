-- Of an edition's people who passed every gate that looks at the person alone and then got no email, how many would
-- have been in which variant: `shard` is the assignment's own.
SELECT variant, count(*)
FROM (
    SELECT
        CASE
{% for variant in experiment.variants %}
            WHEN shard < {{ variant.end_shard }} THEN {{ variant.name | literal }}
{% endfor %}
        END AS variant
    FROM (
        SELECT {{ shard }} AS shard
        FROM read_parquet({{ edition.excluded | literal }})
        WHERE reason IN {{ reasons | choices }}
    )
)
GROUP BY variant
ORDER BY variant
