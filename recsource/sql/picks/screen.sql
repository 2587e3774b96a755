-- One pass over a batch of recommendations: it parses, judges every pair by the first rules, and counts.
--
-- A line that offers nothing (an error, nobody we know, nobody eligible, an empty list) still gives one row
-- without an item, under a negative number instead of a person's, so that lines are counted in the same pass.
-- A pair's verdict is the number of the rule that removed it: 0 for an item that the catalogue does not have,
-- {{ item_conditions | length + pair_conditions | length + 1 }} for a pair that stays.
{% set stays = item_conditions | length + pair_conditions | length + 1 %}
CREATE OR REPLACE TABLE screened AS
WITH
line AS (
    SELECT input.userId AS user_id, error, output, output.recommendedItems AS item_ids
    FROM {{ reader }}
),
person AS (
    SELECT users.user_id, readers.user_no, readers.language, readers.hears_kids
    FROM users
    LEFT JOIN readers ON users.user_id = readers.user_id
),
known AS (
    SELECT
        person.language, person.hears_kids, line.item_ids,
        CASE
            WHEN line.user_id IS NULL THEN {{ nobody.unreadable }}
            WHEN line.error IS NOT NULL THEN {{ nobody.errors }}
            WHEN line.output IS NOT NULL AND line.item_ids IS NULL THEN {{ nobody.unreadable }}
            WHEN person.user_id IS NULL THEN {{ nobody.unknown_users }}
            WHEN coalesce(array_length(line.item_ids), 0) = 0 THEN {{ nobody.empty }}
            WHEN person.user_no IS NULL THEN {{ nobody.ineligible }}
            ELSE person.user_no
        END AS user_no
    FROM line
    LEFT JOIN person ON line.user_id = person.user_id
),
offered AS (
    SELECT user_no, language, hears_kids, CASE WHEN user_no > 0 THEN item_ids ELSE [NULL] END AS item_ids
    FROM known
),
r AS (
    SELECT
        user_no, language, hears_kids,
        unnest(item_ids) AS item_id,
        CAST(generate_subscripts(item_ids, 1) AS INTEGER) AS rank
    FROM offered
),
-- What depends on the item alone is judged once an item, not once a pair.
judged_item AS (
    -- Its verdict stands first: the catalogue may have a further column of that name.
    SELECT
        CAST(
            CASE
{% for condition in item_conditions %}
                WHEN NOT {{ condition }} THEN {{ loop.index }}
{% endfor %}
                WHEN FALSE THEN 0
            END AS TINYINT
        ) AS verdict,
        *
    FROM catalogue AS i
),
judged AS (
    SELECT
        r.user_no, r.rank, i.item_no,
        CAST(
            CASE
                WHEN i.item_no IS NULL THEN 0
                WHEN i.verdict IS NOT NULL THEN i.verdict
{% for condition in pair_conditions %}
                WHEN NOT {{ condition }} THEN {{ item_conditions | length + loop.index }}
{% endfor %}
                ELSE {{ stays }}
            END AS TINYINT
        ) AS verdict
    FROM r
    LEFT JOIN judged_item AS i ON r.item_id = i.item_id
)
-- One row a person and verdict: the engine counts groups faster than it filters counts. Item and rank are kept in
-- one number: lists of numbers are built faster than lists of structs.
SELECT
    user_no,
    verdict,
    count(*) AS pairs,
    count(*) FILTER (rank = 1) AS lines,
    list((CAST(item_no AS BIGINT) << 32) + rank) FILTER (verdict = {{ stays }}) AS kept
FROM judged
GROUP BY user_no, verdict
