COPY {{ staged | name }} ("user_id", "item_ids", "scores", "error")
FROM {{ manifest | literal }}
IAM_ROLE {{ role | literal }}
MANIFEST
FORMAT AS JSON {{ jsonpaths | literal }}
MAXERROR AS {{ max_errors | literal }}
{%- if region %}

REGION AS {{ region | literal }}
{%- endif %}
