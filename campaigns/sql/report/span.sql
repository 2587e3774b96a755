-- Between when and when these editions fell due.
SELECT CAST(min(send_at) AS TIMESTAMP), CAST(max(send_at) AS TIMESTAMP) FROM read_parquet({{ plans | literal }})
