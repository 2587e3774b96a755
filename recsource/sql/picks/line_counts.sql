-- Lines of the batch: those that offer nothing by why, those that do as 1; and their pairs.
SELECT
    CASE WHEN user_no > 0 THEN 1 ELSE user_no END AS who,
    count(DISTINCT user_no) AS people,
    sum(lines) AS lines,
    sum(pairs) AS pairs,
    coalesce(sum(pairs) FILTER (verdict = 0), 0) AS unknown_items
FROM screened
GROUP BY who
ORDER BY who
