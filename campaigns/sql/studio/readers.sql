-- Who is in the plan, and what they can be searched by.
CREATE OR REPLACE TABLE readers AS
SELECT
    user_id, position, first_name, email, language, variant,
    lower(concat_ws(' ', user_id, first_name, email)) AS sought
FROM read_parquet({{ plan | literal }})
