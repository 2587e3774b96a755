SELECT reason FROM read_parquet({{ excluded | literal }}) WHERE user_id = {{ user_id | literal }}
