SELECT user_id, reason FROM people WHERE reason IS NOT NULL ORDER BY user_id
