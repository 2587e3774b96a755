-- Small numbers stand for ids and names: pairs are many, and numbers join, group and sort many times faster.
CREATE OR REPLACE TABLE catalogue AS
SELECT
    CAST(row_number() OVER (ORDER BY item_id) AS INTEGER) AS item_no,
    CASE WHEN collection_id IS NOT NULL THEN CAST(dense_rank() OVER (ORDER BY collection_id) AS INTEGER) END AS collection_no,
{% for column in numbered %}
    CASE WHEN {{ column }} IS NOT NULL THEN CAST(dense_rank() OVER (ORDER BY {{ column }}) AS INTEGER) END AS {{ column }}_no,
{% endfor %}
    items.*
FROM items;

-- Until a rule says otherwise everybody may be shown kids' content.
CREATE OR REPLACE TABLE readers AS
SELECT
    CAST(row_number() OVER (ORDER BY users.user_id) AS INTEGER) AS user_no,
    TRUE AS hears_kids,
    eligible.email_language,
    users.*
FROM users
JOIN {{ eligible | name }} AS eligible ON users.user_id = eligible.user_id;
