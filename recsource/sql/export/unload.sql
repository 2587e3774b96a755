{# The query is text within text: its own literals are written twice quoted by `literal`, and its backslashes, which
   Redshift reads as escapes in any text, are doubled. One file after another, or they would not be sorted. #}
UNLOAD ({{ query | replace("\\", "\\\\") | literal }})
TO {{ folder | literal }}
IAM_ROLE {{ role | literal }}
FORMAT AS CSV
HEADER
EXTENSION 'csv'
CLEANPATH
PARALLEL OFF
{% if kms_key %}
KMS_KEY_ID {{ kms_key | literal }}
ENCRYPTED
{% endif %}
{% if region %}
REGION AS {{ region | literal }}
{% endif %}
