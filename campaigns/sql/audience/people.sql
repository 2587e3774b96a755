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
            WHEN users.language IN {{ campaign.languages | choices }} THEN users.language
{% for language, other in audience.language_fallback.items() %}
            WHEN users.language = {{ language | literal }} THEN {{ other | literal }}
{% endfor %}
        END AS email_language,
        -- Fit to greet with: letters of any script, and what stands between the parts of a name.
        nullif(regexp_extract(users.first_name, '\A\p{Zs}*([\p{L}\p{M}][\p{L}\p{M}''’. -]*?)\p{Zs}*\z', 1), '') AS letters
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
    contact.* EXCLUDE (letters),
    CASE WHEN length(letters) <= 40 AND lower(letters) NOT IN {{ no_names | choices }} THEN letters END AS greeting_name,
    CASE
        -- The address as given: lower case makes an `i` of the `İ` in a domain, and so another domain.
        WHEN contact.given_address IS NULL
            OR length(contact.given_address) > 254
            OR NOT regexp_matches(
                contact.given_address,
                '\A[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])\z'
            ) THEN 'malformed_address'
        WHEN contact.email_consent IS NOT TRUE THEN 'no_consent'
        WHEN all_suppressed.address_key IS NOT NULL THEN 'suppressed'
        WHEN contact.subscription IS NULL
            OR contact.subscription NOT IN {{ audience.subscriptions | choices }} THEN 'subscription'
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
