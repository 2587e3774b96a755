-- The app's interactions that no earlier file holds.
CREATE OR REPLACE TABLE fresh_interactions AS
SELECT DISTINCT user_id_text AS user_id, item_id_text AS item_id, event_text AS event, moment AS "at"
FROM records
{% if earlier %}
ANTI JOIN read_parquet({{ earlier | literal }}) AS earlier
    ON user_id_text = earlier.user_id AND item_id_text = earlier.item_id
    AND event_text = earlier.event AND moment = earlier."at"
{% endif %}
WHERE kind = 'interaction'
