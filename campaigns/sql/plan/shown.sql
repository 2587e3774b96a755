SELECT * FROM read_parquet({{ path | literal }}) ORDER BY {{ key }}
