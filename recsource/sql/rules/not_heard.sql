-- Only interactions with items that are in play are counted: those are few, where items are new.
WITH
in_play AS (
    SELECT item_no, item_id FROM catalogue
    SEMI JOIN (SELECT DISTINCT item_no FROM {{ pairs }}) AS pair ON catalogue.item_no = pair.item_no
),
heard AS (
    SELECT readers.user_no, in_play.item_no
    FROM interactions
    JOIN in_play ON interactions.item_id = in_play.item_id
    JOIN readers ON interactions.user_id = readers.user_id
    WHERE interactions.event IN ('listen', 'complete')
        AND interactions.at <= {{ occasion.as_of | literal }}
    GROUP BY readers.user_no, in_play.item_no
    HAVING bool_or(interactions.event = 'complete') OR count(*) > {{ rule.listens | literal }}
)
SELECT pair.*
FROM {{ pairs }} AS pair
ANTI JOIN heard ON pair.user_no = heard.user_no AND pair.item_no = heard.item_no
