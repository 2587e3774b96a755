-- The provider's events, in the file's order.
SELECT
    provider_event_id_text, delivery_id_text, type_text, moment,
    coalesce(CAST(machine_text AS BOOLEAN), false), item_id_text
FROM records
WHERE kind = 'event'
ORDER BY number
