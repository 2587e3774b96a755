COPY (
{% include "plan/files/%s.sql" % what %}

) TO {{ path | literal }} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000)
