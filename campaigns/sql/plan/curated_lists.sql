CREATE OR REPLACE TABLE curated_lists AS
WITH
shown AS (
    SELECT
        curated.language,
        reader.hears_kids,
        catalogue.item_id,
        row_number() OVER (
            PARTITION BY curated.language, reader.hears_kids ORDER BY min(curated.position)
        ) AS slot
    FROM curated
    JOIN catalogue ON curated.item_id = catalogue.item_id
    CROSS JOIN (VALUES (TRUE), (FALSE)) AS reader (hears_kids)
    WHERE curated.edition = {{ occasion.edition | literal }}
        AND catalogue.published_at <= {{ occasion.as_of | literal }}
        AND (reader.hears_kids OR NOT catalogue.for_kids)
    -- What was curated twice is shown once.
    GROUP BY curated.language, reader.hears_kids, catalogue.item_id
)
SELECT
    language,
    hears_kids,
    list_sort(list(
        {'slot': CAST(slot AS INTEGER), 'source': 'curated', 'item_id': item_id, 'collection_id': CAST(NULL AS VARCHAR)}
    )) AS slots
FROM shown
WHERE slot <= {{ occasion.slots | literal }}
GROUP BY language, hears_kids
