{# An exported column's value. Personalize reads CSV with a record a line, and escapes by backslashes where RFC 4180
   doubles quotes: so line breaks become spaces, and quotes and backslashes what resembles them. #}
{% macro clean(source) %}TRANSLATE({{ source }}, CHR(10) || CHR(13) || '"\', '  ''/'){% endmacro %}

{% macro weight(source) %}
CASE {{ source }}{% for event, weight in settings.event_weights.items() | sort %} WHEN {{ event | literal }} THEN {{ weight | literal }}{% endfor %} END
{%- endmacro %}

{% macro value(column, row) %}
{% set source = row ~ "." ~ (column.source | name) %}
{% if column.form == "weight" %}
{{ weight(source) }}
{%- elif column.form == "moment" %}
CAST(FLOOR(EXTRACT(EPOCH FROM {{ source }})) AS BIGINT)
{%- elif column.form == "category" %}
NULLIF(TRIM({{ clean(source) }}), '')
{%- elif column.form == "flag" %}
CASE WHEN {{ source }} THEN 'true' WHEN NOT {{ source }} THEN 'false' END
{%- elif column.form == "text" %}
NULLIF(TRIM(LEFT({{ clean(source) }}, {{ longest_text }})), '')
{%- else %}
{{ source }}
{%- endif %}
{% endmacro %}
