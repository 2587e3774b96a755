COPY (
{{ query }}
) TO {{ path | literal }} (FORMAT csv, HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')
