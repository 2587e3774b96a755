-- How many came so far, by edition and variant.
SELECT
    CAST(edition AS VARCHAR), CAST(variant AS VARCHAR)
{% for step in steps %}
    , CAST(sum({{ step | name }}) AS BIGINT)
{% endfor %}
FROM outcomes
GROUP BY edition, variant
ORDER BY edition, variant
