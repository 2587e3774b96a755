-- Completions of what an email showed, by what it was and where it stood.
SELECT
    CAST(sendings.variant AS VARCHAR), {{ what }}, count(*)
FROM earned
JOIN sendings USING (person)
JOIN titles USING (title)
GROUP BY ALL
ORDER BY ALL
