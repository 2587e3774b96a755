-- Everybody, with what an email needs to know of them, and the first gate that keeps them out.
CREATE OR REPLACE TABLE people AS
WITH
contact AS (
    SELECT
        users.user_id, users.cohort, users.country, users.timezone,
        users.email_consent, users.subscription, users.last_active_at,
        trim(users.email, ' ') AS given_address,
        regexp_replace(trim(users.email, ' '), '@[^@]*$', '') || lower(regexp_extract(trim(users.email, ' '), '@[^@]*$')) AS address,
        -- As `links.address_key`.
        substr(sha256(lower(trim(users.email, ' '))), 1, 32) AS address_key,
        CASE
            WHEN list_contains({{ campaign.languages | literal }}, users.language) THEN users.language
{% for language, other in audience.language_fallback.items() %}
            WHEN users.language = {{ language | literal }} THEN {{ other | literal }}
{% endfor %}
        END AS email_language,
        -- Fit to greet with: letters of any script, and what stands between the parts of a name.
        CASE
            WHEN regexp_full_match(trim(users.first_name), '[\p{L}\p{M}][\p{L}\p{M}''’. -]*')
                AND length(trim(users.first_name)) <= 40
                AND NOT list_contains({{ no_names | literal }}, lower(trim(users.first_name)))
            THEN trim(users.first_name)
        END AS greeting_name
    FROM users
),
editions_of_late AS (
    SELECT user_id, count(DISTINCT edition) AS editions
    FROM recent
    GROUP BY user_id
),
all_suppressed AS (
    SELECT substr(sha256(lower(trim(email, ' '))), 1, 32) AS address_key FROM suppressions
    UNION
    SELECT address_key FROM suppressed_keys
)
SELECT
    contact.*,
    CASE
        -- The address as given: lower case makes an `i` of the `İ` in a domain, and so another domain.
        WHEN contact.given_address IS NULL
            OR length(contact.given_address) > 254
            OR NOT regexp_full_match(
                contact.given_address,
                '[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])'
            ) THEN 'malformed_address'
        WHEN contact.email_consent IS NOT TRUE THEN 'no_consent'
        WHEN all_suppressed.address_key IS NOT NULL THEN 'suppressed'
        WHEN contact.subscription IS NULL
            OR NOT list_contains({{ audience.subscriptions | literal }}, contact.subscription) THEN 'subscription'
        WHEN contact.last_active_at IS NULL
            OR contact.last_active_at < {{ as_of | literal }} - INTERVAL {{ audience.active_within_days | literal }} DAY
            THEN 'inactive'
        WHEN contact.email_language IS NULL THEN 'language'
{% if audience.frequency_cap %}
        WHEN coalesce(editions_of_late.editions, 0) >= {{ audience.frequency_cap.editions | literal }} THEN 'frequency_cap'
{% endif %}
    END AS reason
FROM contact
LEFT JOIN editions_of_late ON contact.user_id = editions_of_late.user_id
LEFT JOIN all_suppressed ON contact.address_key = all_suppressed.address_key;

CREATE OR REPLACE TABLE eligible AS
SELECT user_id, email_language FROM people WHERE reason IS NULL;
