coalesce(
    i.language = r.language
{% if rule.wordless %}
    OR i.language IN {{ rule.wordless | choices }}
{% endif %}
{% for language, others in rule.fallback.items() if others %}
    OR (r.language = {{ language | literal }} AND i.language IN {{ others | choices }})
{% endfor %},
    FALSE
)
