-- Lines of the batch: those that offer nothing by why, those that do as 1; and their pairs.
SELECT
    CASE WHEN user_no > 0 THEN 1 ELSE user_no END AS who,
    count(*) AS people,
    sum(lines) AS lines,
    sum(pairs) AS pairs,
    sum(removed_0) AS unknown_items
FROM screened
GROUP BY who
ORDER BY who
