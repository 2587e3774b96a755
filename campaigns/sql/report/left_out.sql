-- Those who got the email but take no part in the comparison, by how they came to their variant.
SELECT method, variant, count(*)
FROM read_parquet({{ assignments | literal }})
WHERE experiment = {{ experiment | literal }} AND method <> 'randomised'
GROUP BY ALL
ORDER BY ALL
