-- Everybody who was exposed at random, from the first time on; what an application logs again changes nothing.
CREATE OR REPLACE TEMP VIEW in_app AS
SELECT user_id, min(variant) AS variant, min("at") AS assigned_at, count(DISTINCT variant) AS variants
FROM exposures
WHERE experiment = {{ experiment.name | literal }} AND method = 'randomised'
{% if salt %}
    AND salt = {{ salt | literal }}
{% endif %}
GROUP BY user_id
