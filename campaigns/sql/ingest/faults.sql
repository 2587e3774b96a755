-- How many lines are wrong, and the first of them.
SELECT number, kind, fault, line, json_extract(document, '$."' || fault || '"')::VARCHAR AS found, count(*) OVER () AS faulty
FROM records
WHERE fault IS NOT NULL
ORDER BY number
LIMIT 1
