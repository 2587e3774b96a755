-- What the lines of a batch hold. A line that is no JSON of the format reads as nulls.
SELECT
    count(*) AS lines,
    count(*) FILTER (WHERE input.userId IS NULL) AS unreadable,
    count(*) FILTER (WHERE input.userId IS NOT NULL AND error IS NOT NULL) AS errors,
    count(*) FILTER (WHERE input.userId IS NOT NULL AND error IS NULL AND coalesce(len(output.recommendedItems), 0) = 0) AS empty,
    coalesce(sum(len(output.recommendedItems)) FILTER (WHERE input.userId IS NOT NULL AND error IS NULL), 0) AS pairs
FROM {{ reader }}
