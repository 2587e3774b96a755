-- When an edition's first and last email went out, and for how many people windows are still open.
SELECT
    min(sent_at), max(sent_at)
{% for days in horizons %}
    , count(*) FILTER (sent_at + INTERVAL {{ days }} DAY > {{ now | literal }})
{% endfor %}
FROM sendings
