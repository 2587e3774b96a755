-- The ISO weeks in which people were assigned, the oldest first.
SELECT DISTINCT strftime(assigned_at, '%G-W%V') AS week FROM in_app ORDER BY week
