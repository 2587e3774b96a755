{# A column as the type that the schema wants, null where a value is none.
   A text's time is turned to UTC where it has an offset; a number with a fraction is not a whole one. #}
{% macro value(name, wanted, found) %}
{% if found == wanted -%}
    {{ name | name }}
{%- elif wanted == "TIMESTAMP" and found == "VARCHAR" -%}
    TRY_CAST(TRY_CAST({{ name | name }} AS TIMESTAMPTZ) AS TIMESTAMP)
{%- elif wanted == "INTEGER" -%}
    {% set number = 'TRY_CAST(%s AS DOUBLE)' % (name | name) %}
    CASE WHEN {{ number }} = TRY_CAST({{ number }} AS INTEGER) THEN TRY_CAST({{ number }} AS INTEGER) END
{%- else -%}
    TRY_CAST({{ name | name }} AS {{ wanted }})
{%- endif %}
{% endmacro %}
