{# A table's name, which may begin with its schema's. #}
{% macro table(name) %}{% for part in name.split(".") %}{{ part | name }}{{ "." if not loop.last }}{% endfor %}{% endmacro %}

{# A list of words in brackets; `literal` writes lists as arrays, which IN does not take everywhere. #}
{% macro words(values) %}({% for value in values %}{{ value | literal }}{{ ", " if not loop.last }}{% endfor %}){% endmacro %}
