-- Which readers listen to kids' content.
CREATE OR REPLACE TABLE readers AS
SELECT readers.* EXCLUDE (hears_kids), listener.user_id IS NOT NULL AS hears_kids
FROM readers
LEFT JOIN (
    SELECT interactions.user_id
    FROM interactions
    SEMI JOIN (SELECT item_id FROM items WHERE for_kids) AS kids_item ON interactions.item_id = kids_item.item_id
    WHERE interactions.event IN ('listen', 'complete')
        AND interactions.at <= {{ occasion.as_of | literal }}
    GROUP BY interactions.user_id
    HAVING count(*) >= {{ rule.listens | literal }}
) AS listener ON readers.user_id = listener.user_id
