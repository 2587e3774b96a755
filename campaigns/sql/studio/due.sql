SELECT min(send_at), max(send_at) FROM read_parquet({{ plan | literal }})
