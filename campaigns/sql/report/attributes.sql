SELECT {{ of }} FROM read_parquet({{ plan | literal }})
