"""Avro schemas as Amazon Personalize's `CreateSchema` takes them: flat records, no arrays, maps or defaults."""

from __future__ import annotations

import json

from recsource.dataset.columns import Column, ExportedTable

_NAMESPACE = "com.amazonaws.personalize.schema"


def avro_schema(table: ExportedTable) -> str:
    """A table's schema; its fields stand in the order of the CSV's columns, as Personalize wants them."""
    schema = {
        "type": "record",
        "name": table.name.capitalize(),
        "namespace": _NAMESPACE,
        "fields": [_field(column) for column in table.columns],
        "version": "1.0",
    }
    return json.dumps(schema, indent=2) + "\n"


def _field(column: Column) -> dict[str, object]:
    field: dict[str, object] = {
        "name": column.name,
        "type": ["null", column.type] if column.nullable else column.type,
    }
    if column.categorical:
        field["categorical"] = True
    if column.textual:
        field["textual"] = True
    return field
