-- A table of rows from outside the engine, by way of a file.
CREATE OR REPLACE TABLE {{ table | name }} AS
SELECT *
FROM read_csv(
    {{ path | literal }},
    header = false, delim = ',', quote = '"', escape = '"', nullstr = '\N', allow_quoted_nulls = false, auto_detect = false, new_line = '\r\n',
    columns = { {%- for column, type in columns.items() %}{{ column | literal }}: {{ type | literal }}{{ ", " if not loop.last }}{% endfor -%} }
)
