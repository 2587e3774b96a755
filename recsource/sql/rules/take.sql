SELECT user_no, item_no, collection_no, rank, place, source
FROM {{ pairs }}
QUALIFY row_number() OVER (PARTITION BY user_no ORDER BY place, item_no) <= {{ rule.slots | literal }}
    AND count(*) OVER (PARTITION BY user_no) >= {{ rule.slots | literal }}
