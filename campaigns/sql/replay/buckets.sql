-- Everybody's shards of some salts.
SELECT
{% for name, shard in shards.items() %}
    {{ shard }} AS {{ name | name }}{{ "," if not loop.last }}
{% endfor %}
FROM chosen
ORDER BY person
