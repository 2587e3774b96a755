-- The gates that need the picks, then one email an address, then the holdouts; and who is left is planned.
CREATE OR REPLACE TABLE people AS
WITH
picked AS (
    SELECT user_id, count(*) AS picks FROM picks GROUP BY user_id
),
{% if "popular" in sources %}
played AS (
    SELECT user_id, count(*) AS picks FROM popular_picks GROUP BY user_id
),
{% endif %}
shown AS (
    SELECT
        people.user_id,
        CASE
            WHEN people.reason IS NOT NULL THEN people.reason
            WHEN coalesce(picked.picks, 0) < {{ slots | literal }} THEN 'too_few_picks'
{% if "popular" in sources %}
            WHEN coalesce(played.picks, 0) < {{ slots | literal }} THEN 'too_few_popular'
{% endif %}
{% if "curated" in sources %}
            WHEN coalesce(array_length(curated_lists.slots), 0) < {{ slots | literal }} THEN 'too_few_curated'
{% endif %}
        END AS reason
    FROM people
    LEFT JOIN readers ON people.user_id = readers.user_id
    LEFT JOIN picked ON people.user_id = picked.user_id
{% if "popular" in sources %}
    LEFT JOIN played ON people.user_id = played.user_id
{% endif %}
    LEFT JOIN curated_lists
        ON readers.email_language = curated_lists.language AND readers.hears_kids = curated_lists.hears_kids
),
-- Of those who share an address the one who was here last gets the email.
first_at_address AS (
    SELECT min_by(people.user_id, (-epoch_us(people.last_active_at), people.user_id)) AS user_id
    FROM people
    JOIN shown ON people.user_id = shown.user_id
    WHERE shown.reason IS NULL
    GROUP BY people.address_key
)
SELECT
    people.* EXCLUDE (reason),
    CASE
        WHEN shown.reason IS NOT NULL THEN shown.reason
        WHEN first_at_address.user_id IS NULL THEN 'shared_address'
{% for reason, shard, end in holdouts %}
        WHEN {{ shard }} < {{ end | literal }} THEN {{ reason | literal }}
{% endfor %}
    END AS reason
FROM people
JOIN shown ON people.user_id = shown.user_id
LEFT JOIN first_at_address ON people.user_id = first_at_address.user_id;

CREATE OR REPLACE VIEW planned AS
SELECT * FROM people WHERE reason IS NULL;
