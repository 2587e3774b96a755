read_csv({{ files | literal }}, header = true, all_varchar = true, union_by_name = true)
