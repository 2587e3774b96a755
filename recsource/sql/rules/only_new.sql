(
    i.published_at > {{ occasion.as_of | literal }} - INTERVAL {{ rule.days | literal }} DAY
    AND i.published_at <= {{ occasion.as_of | literal }}
)
