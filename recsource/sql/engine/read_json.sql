read_json(
    {{ files | literal }},
    format = 'newline_delimited', union_by_name = true
{% if columns %}
    , columns = { {%- for column, type in columns.items() %}{{ column | literal }}: {{ type | literal }}{{ ", " if not loop.last }}{% endfor -%} }
{% endif %}
)
