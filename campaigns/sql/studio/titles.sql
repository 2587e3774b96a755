SELECT item_id, title FROM items WHERE list_contains(CAST({{ item_ids | literal }} AS VARCHAR[]), item_id)
