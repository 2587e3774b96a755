coalesce(
    i.language = r.language
    OR list_contains({{ rule.wordless | literal }}, i.language)
{% for language, others in rule.fallback.items() %}
    OR (r.language = {{ language | literal }} AND list_contains({{ others | literal }}, i.language))
{% endfor %},
    FALSE
)
