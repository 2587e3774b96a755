(CAST('0x' || substr(md5({{ salt | literal }} || '-' || {{ subject }}), 1, 8) AS UBIGINT) % {{ shards }})::INTEGER
