-- How many were exposed, how many of them in several variants, and the first of those.
SELECT count(*), count(*) FILTER (WHERE variants > 1), min(user_id) FILTER (WHERE variants > 1) FROM in_app
