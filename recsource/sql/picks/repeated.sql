-- How often a person was recommended an item once more, be it in one line or in several.
SELECT count(*) - count(DISTINCT (CAST(user_no AS BIGINT) << 32) + item_no) FROM pairs
