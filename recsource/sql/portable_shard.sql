(
{% for weight in weights %}
    (strpos('0123456789abcdef', substr(md5({{ salt | literal }} || '-' || {{ subject }}), {{ loop.index }}, 1)) - 1) * {{ weight }}{{ " +" if not loop.last }}
{% endfor %}
) % {{ total }}
