-- The pairs as they stand, the foremost first; for one person.
SELECT catalogue.item_id
FROM {{ pairs | name }} AS pair
JOIN catalogue ON pair.item_no = catalogue.item_no
ORDER BY pair.place, pair.item_no
