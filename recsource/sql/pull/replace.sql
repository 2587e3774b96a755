{% from "export/names.sql" import table as named %}
DELETE FROM {{ named(table) }}
