-- The people who judge: their language, and whether they listen to kids' content, as the rule `kids` has it.
SELECT
    judging_user.id,
    users.language,
    coalesce(kids.plays, 0) >= {{ listens | literal }} AS hears_kids
FROM judging_user
LEFT JOIN users ON judging_user.id = users.user_id
LEFT JOIN (
    SELECT interactions.user_id, count(*) AS plays
    FROM interactions
    SEMI JOIN (SELECT item_id FROM items WHERE for_kids) AS kids_item ON interactions.item_id = kids_item.item_id
    WHERE interactions.event IN ('listen', 'complete') AND interactions.at <= {{ window.split | literal }}
    GROUP BY interactions.user_id
) AS kids ON judging_user.id = kids.user_id
ORDER BY judging_user.no
