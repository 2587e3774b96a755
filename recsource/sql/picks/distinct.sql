-- Each item once a person, at its best rank.
SELECT user_no, item_no, collection_no, min(rank) AS rank, min(place) AS place, source
FROM pairs
GROUP BY user_no, item_no, collection_no, source
