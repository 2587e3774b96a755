read_parquet({{ files | literal }}, union_by_name = true)
