COPY (SELECT * FROM fresh_interactions ORDER BY user_id, "at", item_id, event)
TO {{ path | literal }} (FORMAT parquet, COMPRESSION zstd)
