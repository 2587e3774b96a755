-- How many interactions the file holds, and how many of them are new.
SELECT
    (SELECT count(*) FROM records WHERE kind = 'interaction'),
    (SELECT count(*) FROM fresh_interactions)
