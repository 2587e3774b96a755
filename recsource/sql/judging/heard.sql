-- What the people who judge had played before.
SELECT DISTINCT interactions.user_id, interactions.item_id
FROM interactions
SEMI JOIN judging_user ON interactions.user_id = judging_user.id
WHERE interactions.event IN {{ events | literal }} AND interactions.at <= {{ window.split | literal }}
