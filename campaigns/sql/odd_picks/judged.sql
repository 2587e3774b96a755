-- Each answer, with the rules that would have kept the item from that reader.
SELECT
    i.item_id, i.title, i.kind, answered.source,
    list_filter(
        [
{% for rule, condition in conditions.items() %}
            CASE WHEN NOT {{ condition }} THEN {{ rule | literal }} END{{ "," if not loop.last }}
{% endfor %}
        ],
        lambda rule: rule IS NOT NULL
    ) AS broken
FROM answered
JOIN catalogue AS i ON answered.item_id = i.item_id
JOIN readers AS r ON answered.user_id = r.user_id
ORDER BY i.item_id, answered.user_id
