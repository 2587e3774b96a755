SELECT count(*) FROM read_parquet({{ plans | literal }})
