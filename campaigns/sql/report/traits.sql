-- What people were like when they were first assigned: later than that, the email may have changed it.
{{ "INSERT INTO traits" if more else "CREATE OR REPLACE TEMP TABLE traits AS" }}
SELECT
    person
{% for segment, column in segments.items() %}
    , coalesce(CAST({{ column }} AS VARCHAR), 'unknown') AS {{ segment | name }}
{% endfor %}
FROM read_parquet({{ edition.plan | literal }})
JOIN (SELECT * FROM people {{ "ANTI JOIN traits USING (person)" if more }}) AS people USING (user_id)
