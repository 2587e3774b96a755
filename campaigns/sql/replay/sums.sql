-- Each person's sums, whichever variant they were in: in a replay they are in another.
SELECT
{% for column in columns %}
    {{ "max" if column == "before" else "sum" }}(persons.{{ column | name }})::DOUBLE AS {{ column | name }}{{ "," if not loop.last }}
{% endfor %}
FROM persons
JOIN chosen USING (person)
GROUP BY person
ORDER BY person
