-- What the people who judge know already, as the rule `not_heard` has it.
SELECT interactions.user_id, interactions.item_id
FROM interactions
SEMI JOIN judging_user ON interactions.user_id = judging_user.id
WHERE interactions.event IN ('listen', 'complete') AND interactions.at <= {{ window.split | literal }}
GROUP BY interactions.user_id, interactions.item_id
HAVING bool_or(interactions.event = 'complete') OR count(*) > {{ listens | literal }}
