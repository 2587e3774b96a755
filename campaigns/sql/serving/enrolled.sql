-- Who may take part in the application's experiment.
CREATE OR REPLACE VIEW enrolled AS
SELECT user_id, cohort
FROM users
{% if enrols_from %}
WHERE signed_up_at IS NULL OR signed_up_at >= {{ enrols_from | literal }} OR list_contains({{ forced | literal }}, cohort)
{% endif %}
