-- What recipients played for the first time after the lists were made; of very many people, some by chance.
WITH
played AS (
    SELECT DISTINCT interactions.user_id, interactions.item_id
    FROM interactions
    SEMI JOIN recipient ON interactions.user_id = recipient.id
    WHERE interactions.event IN {{ events | literal }}
        AND interactions.at > {{ window.split | literal }} AND interactions.at <= {{ window.until | literal }}
),
heard AS (
    SELECT DISTINCT interactions.user_id, interactions.item_id
    FROM interactions
    WHERE interactions.event IN {{ events | literal }} AND interactions.at <= {{ window.split | literal }}
),
fresh AS (
    SELECT played.user_id, played.item_id
    FROM played
    ANTI JOIN heard ON played.user_id = heard.user_id AND played.item_id = heard.item_id
),
judge AS (
    SELECT DISTINCT fresh.user_id FROM fresh ORDER BY md5(fresh.user_id), fresh.user_id LIMIT {{ users | literal }}
)
SELECT fresh.user_id, fresh.item_id
FROM fresh
SEMI JOIN judge ON fresh.user_id = judge.user_id
ORDER BY fresh.user_id, fresh.item_id
