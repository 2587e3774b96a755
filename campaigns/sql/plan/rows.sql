SELECT
    delivery_id, position, user_id, email, first_name, language, country, timezone, variant, send_at,
    -- As text: people share slots, and Python then makes each once.
    array_to_string(list_transform(slots, lambda slot: to_json(slot)::VARCHAR), chr(30)) AS slots,
    attributes
FROM read_parquet({{ plan | literal }})
{% if where == "between" %}
WHERE position BETWEEN {{ first | literal }} AND {{ last | literal }}
{% elif where == "user" %}
WHERE user_id = {{ user_id | literal }}
{% endif %}
ORDER BY position
