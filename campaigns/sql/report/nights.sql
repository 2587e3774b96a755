-- The quarters of an hour, counted from 1970, that are late at night somewhere: from {{ from_hour }}:00 to
-- {{ to_hour }}:00 by the clocks of a time zone. A quarter is the finest step between zones.
CREATE OR REPLACE TEMP TABLE nights AS
SELECT zone, CAST(epoch_us(begin) // 900000000 AS INTEGER) AS quarter
FROM zones
CROSS JOIN generate_series(
    time_bucket(INTERVAL 15 MINUTE, {{ since | literal }}), {{ until | literal }}, INTERVAL 15 MINUTE
) AS quarters (begin)
WHERE hour(begin AT TIME ZONE 'UTC' AT TIME ZONE timezone) >= {{ from_hour }}
    OR hour(begin AT TIME ZONE 'UTC' AT TIME ZONE timezone) < {{ to_hour }}
