SELECT user_id FROM readers WHERE position = {{ position | literal }}
