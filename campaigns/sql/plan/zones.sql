SELECT DISTINCT coalesce(timezone, '') FROM planned ORDER BY ALL
