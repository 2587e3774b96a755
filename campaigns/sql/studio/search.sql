SELECT user_id, first_name, email, language, variant
FROM readers
WHERE TRUE
{% for word in words %}
    AND contains(sought, {{ word | literal }})
{% endfor %}
ORDER BY
    starts_with(lower(user_id), {{ words[0] | literal }}) OR starts_with(lower(coalesce(first_name, '')), {{ words[0] | literal }}) DESC,
    user_id
LIMIT {{ most | literal }}
