-- Completions of what an email showed, by what it was and where it stood.
SELECT
    CAST(sendings.variant AS VARCHAR), {{ what }}, count(*)
FROM sendings
JOIN earned USING (person)
JOIN titles USING (title)
GROUP BY ALL
ORDER BY ALL
