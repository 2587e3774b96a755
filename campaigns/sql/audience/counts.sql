SELECT reason, count(*) FROM people WHERE reason IS NOT NULL GROUP BY reason
