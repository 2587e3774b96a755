-- The lengthened lists take the place of the short ones.
CREATE OR REPLACE TABLE pairs AS
SELECT * FROM lengthened
UNION ALL
SELECT pairs.* FROM pairs ANTI JOIN candidates ON pairs.user_no = candidates.user_no;
