-- Those who were considered and got no email, by reason.
SELECT reason, count(*)
FROM read_parquet({{ excluded | literal }})
GROUP BY reason
ORDER BY count(*) DESC, reason
