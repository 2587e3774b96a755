-- How many items an edition shows, and how many of them another showed, too.
SELECT count(*), count(before.item_id)
FROM read_parquet({{ now | literal }}) AS shown
LEFT JOIN read_parquet({{ before | literal }}) AS before ON shown.item_id = before.item_id
