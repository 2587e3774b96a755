CREATE OR REPLACE TABLE assigned AS
WITH
sharded AS (
    SELECT
        user_id,
        {{ bucket }} AS bucket,
        CASE cohort
{% for cohort, variant in experiment.forced.items() %}
            WHEN {{ cohort | literal }} THEN {{ variant | literal }}
{% endfor %}
            WHEN NULL THEN NULL
        END AS forced,
{% if experiment.layer %}
        {{ layer_shard }} AS layer_shard,
{% endif %}
        {{ traffic_shard }} AS traffic_shard
    FROM {{ people | name }}
),
entered AS (
    SELECT
        user_id, bucket, forced,
        CASE
{% if not runs %}
            WHEN TRUE THEN 'outside_experiment'
{% endif %}
            WHEN forced IS NOT NULL THEN 'forced'
{% if experiment.layer %}
            WHEN layer_shard < {{ experiment.layer.first_shard | literal }}
                OR layer_shard >= {{ experiment.layer.end_shard | literal }} THEN 'outside_layer'
{% endif %}
            WHEN traffic_shard >= {{ traffic_end | literal }} THEN 'outside_traffic'
            ELSE 'randomised'
        END AS method
    FROM sharded
),
decided AS (
    SELECT
        user_id,
        bucket,
        method,
        CASE
            WHEN method = 'forced' THEN forced
            WHEN method <> 'randomised' THEN {{ experiment.baseline | literal }}
{% for variant in experiment.variants %}
            WHEN bucket < {{ variant.end_shard | literal }} THEN {{ variant.name | literal }}
{% endfor %}
        END AS variant
    FROM entered
)
SELECT
    decided.*,
    CASE variant
{% for variant in experiment.variants %}
        WHEN {{ variant.name | literal }} THEN {{ variant.source | literal }}
{% endfor %}
    END AS source
FROM decided
