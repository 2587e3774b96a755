{% set numbered %}
user_no, item_no, collection_no, rank, place, source{% for column in rule.limits %}, {{ column }}_no{% endfor %}
{% endset %}
WITH described AS (
    SELECT pair.*{% for column in rule.limits %}, catalogue.{{ column }}_no{% endfor %}

    FROM {{ pairs }} AS pair
    JOIN catalogue ON pair.item_no = catalogue.item_no
)
{% for column, limit in rule.limits.items() %}
-- Person and {{ column }} in one number: windows are twice as fast over one key.
, varied_{{ loop.index }} AS (
    SELECT {{ numbered }}
    FROM {{ "described" if loop.first else "varied_%d" % loop.index0 }}
    QUALIFY {{ column }}_no IS NULL OR row_number() OVER (
        PARTITION BY (CAST(user_no AS BIGINT) << 32) + {{ column }}_no ORDER BY place, item_no
    ) <= {{ limit | literal }}
)
{% endfor %}
SELECT user_no, item_no, collection_no, rank, place, source
FROM varied_{{ rule.limits | length }}
