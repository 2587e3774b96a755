{# What is wrong with a column's value: that it is none of its type, or that it is missing or not of the closed list. #}
{% from "inputs/value.sql" import value %}
{% macro mistyped(name, wanted, found) -%}
{{ name | name }} IS NOT NULL AND {{ value(name, wanted, found) | trim }} IS NULL
{%- endmacro %}

{% macro invalid(name, column) -%}
{{ name | name }} IS NULL
{%- if column["values"] %} OR {{ name | name }} NOT IN {{ column["values"] | choices }}{% endif %}
{%- endmacro %}
