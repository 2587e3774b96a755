-- Every interaction on file; times with an offset are converted, those without one are UTC.
CREATE OR REPLACE TEMP VIEW interactions AS
{% for reader, files in readers.items() %}
SELECT
    CAST(user_id AS VARCHAR) AS user_id,
    CAST(item_id AS VARCHAR) AS item_id,
    CAST(event AS VARCHAR) AS event,
    CAST(CAST("at" AS TIMESTAMPTZ) AS TIMESTAMP) AS "at"
FROM
{% if reader == "parquet" %}
    read_parquet({{ files | literal }}, union_by_name = true)
{% elif reader == "csv" %}
    read_csv({{ files | literal }}, header = true, all_varchar = true, union_by_name = true)
{% else %}
    read_json(
        {{ files | literal }}, format = 'newline_delimited',
        columns = {'user_id': 'VARCHAR', 'item_id': 'VARCHAR', 'event': 'VARCHAR', 'at': 'VARCHAR'}
    )
{% endif %}
{{ "UNION ALL" if not loop.last }}
{% endfor %}
