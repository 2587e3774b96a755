"""The exported columns, and the Avro schemas that come of them, as Personalize wants both."""

from __future__ import annotations

import json
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsource.dataset.avro import avro_schema
from recsource.dataset.columns import INTERACTIONS, describe
from recsource.dataset.settings import ExportSettings
from recsource.errors import DatasetError

USER_COLUMNS = ("language", "country", "timezone", "subscription", "signed_up_at", "favourite_time", "cohort")
ITEM_COLUMNS = (
    *("kind", "narrator", "duration_s", "language", "topic"),
    *("voice_depth", "for_kids", "collection_id", "description"),
)


def _schemas(settings: ExportSettings) -> dict[str, Any]:
    return {table.name: json.loads(avro_schema(table)) for table in describe(settings)}


def _fields(settings: ExportSettings, table: str) -> dict[str, Any]:
    return {field["name"]: field for field in _schemas(settings)[table]["fields"]}


def test_interactions_have_the_columns_and_types_that_personalize_names() -> None:
    assert json.loads(avro_schema(INTERACTIONS)) == {
        "type": "record",
        "name": "Interactions",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [
            {"name": "USER_ID", "type": "string"},
            {"name": "ITEM_ID", "type": "string"},
            {"name": "TIMESTAMP", "type": "long"},
            {"name": "EVENT_TYPE", "type": "string"},
            {"name": "EVENT_VALUE", "type": ["null", "float"]},
        ],
        "version": "1.0",
    }


def test_each_sort_of_metadata_has_its_type() -> None:
    items = _fields(ExportSettings(item_metadata=ITEM_COLUMNS), "items")
    assert items["CREATION_TIMESTAMP"] == {"name": "CREATION_TIMESTAMP", "type": "long"}
    assert items["NARRATOR"] == {"name": "NARRATOR", "type": ["null", "string"], "categorical": True}
    assert items["FOR_KIDS"] == {"name": "FOR_KIDS", "type": "string", "categorical": True}
    assert items["DURATION_S"] == {"name": "DURATION_S", "type": ["null", "int"]}
    assert items["DESCRIPTION"] == {"name": "DESCRIPTION", "type": ["null", "string"], "textual": True}
    users = _fields(ExportSettings(user_metadata=USER_COLUMNS), "users")
    assert users["SIGNED_UP_AT"] == {"name": "SIGNED_UP_AT", "type": ["null", "long"]}


@given(st.permutations(USER_COLUMNS), st.permutations(ITEM_COLUMNS), st.integers(1, 7), st.integers(1, 9))
def test_any_choice_of_metadata_gives_schemas_that_avro_reads(
    users: list[str], items: list[str], some_users: int, some_items: int
) -> None:
    settings = ExportSettings(user_metadata=tuple(users[:some_users]), item_metadata=tuple(items[:some_items]))
    for name, schema in _schemas(settings).items():
        fastavro.parse_schema(schema)
        assert schema["name"] == name.capitalize()
    assert list(_fields(settings, "users")) == ["USER_ID", *(one.upper() for one in users[:some_users])]


def test_the_schema_is_the_same_text_each_time() -> None:
    first, again = (
        [avro_schema(table) for table in describe(ExportSettings())],
        [avro_schema(table) for table in describe(ExportSettings())],
    )
    assert first == again


@pytest.mark.parametrize("name", ["email", "first_name", "email_consent"])
def test_nobodys_name_or_address_is_exported(name: str) -> None:
    with pytest.raises(DatasetError, match=f"user_metadata: '{name}' says who somebody is, not what they like"):
        describe(ExportSettings(user_metadata=(name,)))


def test_what_is_counted_over_the_whole_log_is_not_exported() -> None:
    with pytest.raises(DatasetError, match="'last_active_at' may know of interactions that came after"):
        describe(ExportSettings(user_metadata=("last_active_at",)))


@pytest.mark.parametrize("name", ["title", "published_at", "item_id", "url"])
def test_what_is_exported_anyway_or_teaches_nothing_is_refused(name: str) -> None:
    with pytest.raises(DatasetError, match=f"item_metadata: '{name}' is exported anyway, or is nothing"):
        describe(ExportSettings(item_metadata=(name,)))


def test_an_unknown_column_is_told_with_those_that_there_are() -> None:
    with pytest.raises(DatasetError) as caught:
        describe(ExportSettings(item_metadata=("kind", "mood")))
    assert str(caught.value) == (
        "item_metadata: 'mood' is no column of items; choose from 'kind', 'narrator', 'duration_s', 'language', "
        "'topic', 'voice_depth', 'for_kids', 'collection_id', 'description'"
    )
