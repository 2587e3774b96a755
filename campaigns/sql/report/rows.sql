-- A table as its files hold it; times with an offset are converted, those without one are UTC.
CREATE OR REPLACE TEMP VIEW {{ table | name }} AS
{% for reader, files, found in parts %}
SELECT
{% for column, type in columns.items() %}
    {% if column not in found %}
    CAST(NULL AS {{ type }})
    {%- elif type == "TIMESTAMP" and found[column] != "TIMESTAMP" %}
    CAST(CAST({{ column | name }} AS TIMESTAMPTZ) AS TIMESTAMP)
    {%- else %}
    CAST({{ column | name }} AS {{ type }})
    {%- endif %} AS {{ column | name }}{{ "," if not loop.last }}
{% endfor %}
FROM {% include "report/read.sql" %}

{{ "UNION ALL" if not loop.last }}
{% endfor %}
