-- Who answered about which item of the edition, and where the plan had it from; each answer once.
CREATE OR REPLACE TABLE answered AS
SELECT DISTINCT plan.user_id, plan.language, answers.item_id, slot.source
FROM answers
JOIN (
    SELECT delivery_id, user_id, language, unnest(slots) AS slot FROM read_parquet({{ plan | literal }})
) AS plan ON answers.delivery_id = plan.delivery_id AND answers.item_id = slot.item_id;

-- As rules know items and readers.
CREATE OR REPLACE TABLE catalogue AS
SELECT CAST(row_number() OVER (ORDER BY item_id) AS INTEGER) AS item_no, items.*
FROM items;

CREATE OR REPLACE TABLE readers AS
SELECT
    CAST(row_number() OVER (ORDER BY users.user_id) AS INTEGER) AS user_no,
    TRUE AS hears_kids,
    answering.language AS email_language,
    users.*
FROM users
JOIN (SELECT DISTINCT user_id, language FROM answered) AS answering ON users.user_id = answering.user_id;
