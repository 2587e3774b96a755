-- The time zones that people live in, each with a number.
CREATE OR REPLACE TEMP TABLE zones AS
SELECT timezone, CAST(row_number() OVER (ORDER BY timezone) - 1 AS USMALLINT) AS zone
FROM (SELECT DISTINCT coalesce(timezone, 'UTC') AS timezone FROM read_parquet({{ plans | literal }}))
