{# Quotes are not left to be guessed: the reader would guess that there are none from a beginning without. #}
read_csv({{ files | literal }}, header = true, all_varchar = true, union_by_name = true, delim = ',', quote = '"', escape = '"', comment = '', skip = 0)
