SELECT
    delivery_id, position, user_id, email, first_name, language, country, timezone, variant, send_at, slots, attributes
FROM read_parquet({{ plan | literal }})
{% if where == "between" %}
WHERE position BETWEEN {{ first | literal }} AND {{ last | literal }}
{% elif where == "user" %}
WHERE user_id = {{ user_id | literal }}
{% endif %}
ORDER BY position
