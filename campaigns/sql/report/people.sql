-- Everyone who was ever assigned at random, each with a number: four bytes where an id would take sixteen.
CREATE OR REPLACE TEMP TABLE people AS
SELECT user_id, CAST(row_number() OVER (ORDER BY user_id) - 1 AS INTEGER) AS person
FROM (
    SELECT DISTINCT user_id
    FROM read_parquet({{ assignments | literal }})
    WHERE experiment = {{ experiment | literal }} AND method = 'randomised'
)
