SELECT coalesce(max("TIMESTAMP"::BIGINT), 0) + 1 FROM {{ interactions }}
