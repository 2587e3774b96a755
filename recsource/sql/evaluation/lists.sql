-- The held-out users' lists, in order, of the held-out items that they had not heard; places from 0.
WITH
offered AS (
    SELECT
        line.input.userId AS user_id,
        unnest(line.output.recommendedItems) AS item_id,
        generate_subscripts(line.output.recommendedItems, 1) AS rank
    FROM {{ reader }} AS line
    WHERE line.error IS NULL AND line.output.recommendedItems IS NOT NULL
),
judged AS (
    SELECT held_out_user.no AS user_no, held_out_item.no AS item_no, min(offered.rank) AS rank
    FROM offered
    JOIN held_out_user ON offered.user_id = held_out_user.id
    JOIN held_out_item ON offered.item_id = held_out_item.id
    ANTI JOIN heard_before ON offered.user_id = heard_before.user_id AND offered.item_id = heard_before.item_id
    GROUP BY held_out_user.no, held_out_item.no
),
placed AS (
    SELECT user_no, item_no, row_number() OVER (PARTITION BY user_no ORDER BY rank, item_no) - 1 AS place
    FROM judged
)
SELECT user_no, item_no, place FROM placed WHERE place < {{ places | literal }}
