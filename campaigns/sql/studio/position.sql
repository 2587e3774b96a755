SELECT position FROM readers WHERE user_id = {{ user_id | literal }}
