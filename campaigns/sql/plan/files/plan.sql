SELECT * FROM plan ORDER BY position
