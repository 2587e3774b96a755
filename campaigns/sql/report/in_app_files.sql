COPY ({% include "report/in_app.sql" %}

) TO {{ path | literal }} (FORMAT parquet, COMPRESSION zstd)
