{% if reader == "parquet" %}
read_parquet({{ files | literal }}, union_by_name = true)
{% elif reader == "csv" %}
read_csv({{ files | literal }}, header = true, all_varchar = true, union_by_name = true)
{% else %}
read_json({{ files | literal }}, format = 'newline_delimited', convert_strings_to_integers = false,
    columns = { {%- for column in columns %}{{ column | literal }}: 'VARCHAR'{{ ", " if not loop.last }}{% endfor -%} })
{%- endif %}
