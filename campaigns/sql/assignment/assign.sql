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
        {{ traffic_shard }} < {{ traffic_end | literal }} AS takes_part
    FROM {{ people | name }}
),
decided AS (
    SELECT
        user_id,
        bucket,
        CASE
            WHEN forced IS NOT NULL THEN 'forced'
            WHEN NOT takes_part THEN 'outside_traffic'
            ELSE 'randomised'
        END AS method,
        CASE
            WHEN forced IS NOT NULL THEN forced
            WHEN NOT takes_part THEN {{ experiment.baseline | literal }}
{% for variant in experiment.variants %}
            WHEN bucket < {{ variant.end_shard | literal }} THEN {{ variant.name | literal }}
{% endfor %}
        END AS variant
    FROM sharded
)
SELECT
    decided.*,
    CASE variant
{% for variant in experiment.variants %}
        WHEN {{ variant.name | literal }} THEN {{ variant.source | literal }}
{% endfor %}
    END AS source
FROM decided
