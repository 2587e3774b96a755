-- Sufficient statistics: how many people, and the means and covariances (n - 1) of what the metrics read.
SELECT
    {% for key in by %}CAST({{ key | name }} AS VARCHAR), {% endfor %}count(*)
{% for column in columns %}
    , avg({{ column | name }})
{% endfor %}
{% for one, other in pairs %}
    , covar_samp({{ one | name }}, {{ other | name }})
{% endfor %}
FROM {{ table }}
GROUP BY {% for key in by %}{{ key | name }}{{ ", " if not loop.last }}{% else %}(){% endfor %}

ORDER BY ALL
