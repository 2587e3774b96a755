SELECT count(*), count(DISTINCT user_no) FROM {{ pairs | name }}
