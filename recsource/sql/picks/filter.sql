SELECT pair.*
FROM {{ pairs }} AS pair
JOIN catalogue AS i ON pair.item_no = i.item_no
JOIN readers AS r ON pair.user_no = r.user_no
WHERE {{ condition }}
