-- When an edition's first and last email went out, and for how many people windows are still open.
SELECT
    min(sent_at), max(sent_at)
{% for days in horizons %}
    , count(*) FILTER (sent_at > {{ now | literal }} - INTERVAL {{ days }} DAY)
{% endfor %}
FROM sendings
