read_csv({{ files | literal }}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', comment = '', skip = 0, nullstr = '', strict_mode = true)
