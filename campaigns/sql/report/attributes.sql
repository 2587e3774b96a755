SELECT attributes.* FROM read_parquet({{ plan | literal }})
