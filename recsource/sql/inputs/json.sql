read_json({{ files | literal }}, format = 'newline_delimited', union_by_name = true)
