{% set table = table | default("pairs") %}
CREATE OR REPLACE TABLE {{ table }} AS
{{ select }};
