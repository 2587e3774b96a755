-- One reader of each kind, in the order in which they are shown; of several that fit, the one whose id comes first.
WITH
reader AS (
    SELECT
        user_id, first_name, language, variant, attributes,
        len(slots) AS picks,
        len(list_filter(slots, lambda slot: slot.source = 'popular' OR (slot.source = 'curated' AND source_given = 'recommended'))) AS filled,
        list_has_any(list_transform(slots, lambda slot: slot.item_id), CAST({{ kids | literal }} AS VARCHAR[])) AS kids
    FROM (
        SELECT
            *,
            CASE WHEN list_contains(list_transform(slots, lambda slot: slot.source), 'recommended') THEN 'recommended' END AS source_given
        FROM read_parquet({{ plan | literal }})
    )
),
kind AS (
    SELECT 1 AS place, 'longest_name' AS kind, arg_min(user_id, (-length(first_name), user_id)) AS user_id,
        max(length(first_name)) || ' characters' AS detail
    FROM reader WHERE first_name IS NOT NULL
    UNION ALL
    SELECT 2, 'no_name', min(user_id), NULL FROM reader WHERE first_name IS NULL
    UNION ALL
    SELECT 3, 'right_to_left_name', min(user_id), arg_min(first_name, user_id)
    FROM reader WHERE regexp_matches(first_name, '[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}]')
    UNION ALL
    SELECT 4, 'name_in_another_script', min(user_id), arg_min(first_name, user_id)
    FROM reader
    WHERE regexp_matches(first_name, '[^\p{Latin}\p{Common}\p{Inherited}]')
        AND NOT regexp_matches(first_name, '[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}]')
    UNION ALL
    SELECT 5, 'accented_name', min(user_id), arg_min(first_name, user_id)
    FROM reader WHERE regexp_matches(first_name, '[\x{80}-\x{24F}]')
    UNION ALL
    SELECT 6, 'fewest_picks', arg_min(user_id, (picks, user_id)), min(picks) || ' picks' FROM reader
    UNION ALL
    SELECT 7, 'most_filled', arg_min(user_id, (-filled, user_id)), max(filled) || ' picks filled in' FROM reader WHERE filled > 0
    UNION ALL
    SELECT 8, 'kids_household', min(user_id), NULL FROM reader WHERE kids
    UNION ALL
    SELECT 9, 'oldest_account', arg_min(user_id, (attributes.signed_up_at, user_id)), 'since ' || strftime(min(attributes.signed_up_at), '%Y-%m-%d')
    FROM reader WHERE attributes.signed_up_at IS NOT NULL
    UNION ALL
    SELECT 10, 'newest_account', arg_min(user_id, (-epoch_us(attributes.signed_up_at), user_id)), 'since ' || strftime(max(attributes.signed_up_at), '%Y-%m-%d')
    FROM reader WHERE attributes.signed_up_at IS NOT NULL
    UNION ALL
    SELECT 11, 'cohort', min(user_id), attributes.cohort FROM reader WHERE attributes.cohort IS NOT NULL GROUP BY attributes.cohort
    UNION ALL
    SELECT 12, 'language_and_variant', min(user_id), language || ', ' || variant FROM reader GROUP BY language, variant
)
SELECT kind, user_id, detail FROM kind WHERE user_id IS NOT NULL ORDER BY place, detail
