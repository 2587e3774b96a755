-- A file's lines as text, numbered from 1; one thread at a time keeps them in order.
CREATE OR REPLACE TABLE lines AS
SELECT row_number() OVER () AS number, line
FROM read_csv(
    {{ path | literal }},
    columns = {'line': 'VARCHAR'},
    header = false, auto_detect = false, delim = '\x01', quote = '', escape = '', parallel = false
)
