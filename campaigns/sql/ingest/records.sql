-- Each line as a record: its kind, its fields as text, and the first thing wrong with it, if any.
CREATE OR REPLACE TABLE records AS
WITH documents AS (
    SELECT
        number, line,
        CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN CAST(line AS JSON) END AS document
    FROM lines
    WHERE trim(line) <> ''
),
kinds AS (
    SELECT
        *,
        CASE
        {% for shape in shapes %}
            WHEN list_has_any(json_keys(document), {{ shape.marks | literal }}) THEN {{ shape.kind | literal }}
        {% endfor %}
        END AS kind
    FROM documents
),
-- A time without a zone is UTC, which is the engine's own zone; one with an offset is converted.
fields AS (
    SELECT
        number, line, document, kind,
    {% for field in fields %}
        document -> {{ field | literal }} AS {{ field | name }},
        document ->> {{ field | literal }} AS {{ (field ~ "_text") | name }},
    {% endfor %}
        CAST(TRY_CAST(document ->> 'at' AS TIMESTAMPTZ) AS TIMESTAMP) AS moment
    FROM kinds
)
SELECT
    *,
    CASE
        WHEN document IS NULL THEN '{}'
        WHEN kind IS NULL THEN '?'
    {% for shape in shapes %}
    {% for field in shape.fields %}
        WHEN kind = {{ shape.kind | literal }}
            {% if not field.required %}
            AND json_type({{ field.name | name }}) <> 'NULL'
            {% endif %}
            AND NOT coalesce(
            {%- if field.form == "flag" %}

                json_type({{ field.name | name }}) = 'BOOLEAN'
            {% elif field.form == "time" %}

                regexp_full_match({{ (field.name ~ "_text") | name }}, {{ time_pattern | literal }})
                AND json_type({{ field.name | name }}) = 'VARCHAR' AND moment IS NOT NULL
            {% else %}

                json_type({{ field.name | name }}) = 'VARCHAR' AND trim({{ (field.name ~ "_text") | name }}) <> ''
                {% if field.choices %}
                AND list_contains({{ field.choices | literal }}, {{ (field.name ~ "_text") | name }})
                {% endif %}
            {% endif %}
            , false)
            THEN {{ field.name | literal }}
    {% endfor %}
    {% if shape.closed %}
        WHEN kind = {{ shape.kind | literal }}
            AND NOT list_has_all({{ shape.names | literal }}, json_keys(document))
            THEN '+'
    {% endif %}
    {% endfor %}
    END AS fault
FROM fields
