SELECT
    {{ edition.campaign | literal }} AS campaign,
    {{ edition.name | literal }} AS edition,
    user_id,
    {{ experiment.name | literal }} AS experiment,
    variant,
    bucket,
    {{ experiment.salt_in(edition.name) | literal }} AS salt,
    {{ assigned_at | literal }} AS assigned_at,
    method
FROM assigned
ORDER BY user_id
