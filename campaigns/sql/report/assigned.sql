-- The experiment's people assigned at random, with the delivery that the plan gives each of them.
CREATE OR REPLACE TEMP TABLE assigned AS
SELECT a.user_id, a.variant, p.delivery_id, CAST(p.send_at AS TIMESTAMP) AS send_at
FROM read_parquet({{ assignments | literal }}) AS a
LEFT JOIN read_parquet({{ plan | literal }}) AS p USING (user_id)
WHERE a.experiment = {{ experiment | literal }} AND a.method = 'randomised'
