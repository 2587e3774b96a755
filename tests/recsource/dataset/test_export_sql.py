"""The export's SQL in both dialects, as it was read and found right.

After a change that is meant, write the files anew and read what has changed in them:

    WINDDOWN_GOLDEN=write pytest tests/recsource/dataset/test_export_sql.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from export_world import NOW
from exporting import Exporter, query
from sqlglot import exp
from tiny_world import TinyWorld

from recsource.dataset.columns import INTERACTIONS
from recsource.dataset.query import OWN_NAMES, extraction
from recsource.dataset.redshift import UnloadSettings, in_redshift, unload
from recsource.dataset.settings import ExportSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "export"
NAMES = ("interactions", "users", "items", "recipients")
SETTINGS = {
    "shipped": ExportSettings(),
    "chosen": ExportSettings(
        interaction_days=90,
        event_weights={"complete": 2.5, "favourite": 4.0},
        max_repeats=None,
        active_days=None,
        min_interactions=5,
        subscriptions=("active", "it's a trial"),
        languages=("en", "back\\slash"),
        recipients="active",
        user_metadata=("signed_up_at", "favourite_time"),
        item_metadata=("for_kids", "duration_s", "description"),
    ),
}
ROLE = "arn:aws:iam::123456789012:role/winddown-unload"
CASES = [(name, kind) for name in NAMES for kind in SETTINGS]


def _statement(name: str, kind: str) -> str:
    return unload(
        in_redshift(query(name, SETTINGS[kind])), f"s3://lake/recs/runs/r1/dataset/{name}/", UnloadSettings(ROLE)
    )


def _texts() -> Iterator[tuple[str, str]]:
    for name, kind in CASES:
        yield f"{name}.{kind}.duckdb.sql", query(name, SETTINGS[kind])
        yield f"{name}.{kind}.redshift.sql", _statement(name, kind)
    for name, text in _measuring():
        yield f"{name}.duckdb.sql", text
        yield f"{name}.redshift.sql", in_redshift(text)


def _measuring() -> Iterator[tuple[str, str]]:
    of_interactions = extraction(INTERACTIONS, ExportSettings(), OWN_NAMES, NOW)
    yield "measure", of_interactions.measure("exported")
    yield "listeners", of_interactions.listeners("exported")


@pytest.mark.parametrize(("name", "text"), [pytest.param(*case, id=case[0]) for case in _texts()])
def test_the_sql_is_what_was_read(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("WINDDOWN_GOLDEN") == "write":
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == f"{text}\n"


def test_no_file_is_of_a_query_that_there_is_no_more() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {name for name, _ in _texts()}


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_duckdbs_text_runs(exporter: Exporter, name: str, kind: str) -> None:
    assert exporter.rows(name, TinyWorld(), SETTINGS[kind]) == []


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_redshifts_text_asks_for_nothing_that_it_does_not_have(name: str, kind: str) -> None:
    """What its developer guide does not know: FILTER, QUALIFY without an alias, semi-joins, lists, LIMIT."""
    tree = sqlglot.parse_one(in_redshift(query(name, SETTINGS[kind])), read="redshift")
    assert not list(tree.find_all(exp.Filter, exp.Qualify, exp.Array, exp.Limit, exp.Unnest))
    assert not [join for join in tree.find_all(exp.Join) if join.kind in {"SEMI", "ANTI"}]
    assert all(identifier.quoted for identifier in tree.find_all(exp.Identifier))
    known = {
        "ROW_NUMBER",
        "COUNT",
        "MAX",
        "CAST",
        "FLOOR",
        "EXTRACT",
        "TRANSLATE",
        "CHR",
        "NULLIF",
        "TRIM",
        "LEFT",
        "CASE",
    }
    called = {
        function.sql_name() if not isinstance(function, exp.Anonymous) else function.name
        for function in tree.find_all(exp.Func)
    }
    assert called - {"AND", "OR", "IF"} <= known  # SQLGlot counts operators and a CASE's branches among them


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_what_is_unloaded_is_the_query_behind_one_more_pair_of_quotes(name: str, kind: str) -> None:
    text = in_redshift(query(name, SETTINGS[kind]))
    found = re.match(r"UNLOAD \('(.*)'\)\nTO 's3://", _statement(name, kind), re.DOTALL)
    assert found
    assert re.sub(r"''|\\\\", lambda pair: pair[0][0], found[1]) == text
    assert "'" not in found[1].replace("''", "")


def test_what_is_unloaded_can_be_encrypted_with_a_key_and_lie_in_another_region() -> None:
    settings = UnloadSettings(ROLE, kms_key="1234abcd", region="eu-west-1")
    assert unload("SELECT 1", "s3://lake/x/", settings) == (
        f"UNLOAD ('SELECT 1')\nTO 's3://lake/x/'\nIAM_ROLE '{ROLE}'\nFORMAT AS CSV\nHEADER\nEXTENSION 'csv'\n"
        "CLEANPATH\nPARALLEL OFF\nKMS_KEY_ID '1234abcd'\nENCRYPTED\nREGION AS 'eu-west-1'"
    )
