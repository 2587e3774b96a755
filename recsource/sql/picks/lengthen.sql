-- The lists to which there is something to add, with what may be added at their end.
CREATE OR REPLACE TABLE candidates AS
{{ candidates }};
CREATE OR REPLACE TABLE lengthened AS
SELECT user_no, item_no, collection_no, rank, place, source FROM candidates
UNION ALL
SELECT pairs.* FROM pairs SEMI JOIN candidates ON pairs.user_no = candidates.user_no;
