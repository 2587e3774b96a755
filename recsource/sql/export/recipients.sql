WITH
{% include "export/as_of.sql" %}

SELECT m.user_id AS "USER_ID"
FROM member AS m
WHERE m.email_consent
{%- if settings.recipients == "active" %} AND m.user_id IN (SELECT a.user_id FROM active AS a){% endif %}

ORDER BY "USER_ID"
