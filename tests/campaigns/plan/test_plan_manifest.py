"""The same inputs give the same bytes, whenever and however they are planned; the manifest says what they are."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from planning import EDITION, NOW, WORLD, Desk
from tiny_campaign import campaign
from tiny_world import TinyWorld

from campaigns.ground.errors import ConfigurationError, WinddownError
from campaigns.plan.reading import Plan
from recsource.engine import Engine

PLAN_FILES = ("plan.parquet", "items.parquet", "collections.parquet", "excluded.parquet")


def _bytes(desk: Desk) -> dict[str, bytes]:
    return {name: (desk.folder.path / name).read_bytes() for name in PLAN_FILES}


def test_planning_twice_gives_the_same_bytes(desk: Desk) -> None:
    desk.plan()
    first = desk.files()
    desk.plan()
    assert desk.files() == first


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_neither_threads_nor_the_order_of_rows_nor_the_clock_change_the_plan(
    desk: Desk, planned: Desk, threads: int
) -> None:
    dice = random.Random(threads)
    tables = {name: list(getattr(WORLD, name)) for name in TinyWorld.__slots__}
    desk.write(TinyWorld(**{name: dice.sample(rows, len(rows)) for name, rows in tables.items()}))
    desk.threads = threads
    desk.plan(now=NOW + timedelta(hours=9))
    assert _bytes(desk) == _bytes(planned)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_the_format_of_the_inputs_does_not_change_the_plan(desk: Desk, planned: Desk, suffix: str) -> None:
    named = [row | {"timezone": row["timezone"] or None} for row in WORLD.users]
    desk.write(replace(WORLD, users=named), suffix)
    desk.plan()
    for name in ("plan", "items", "collections", "excluded", "assignments"):
        assert desk.rows(name) == planned.rows(name)


def test_another_edition_is_another_plan(desk: Desk, planned: Desk) -> None:
    following = replace(EDITION, week=48)
    again = [row | {"edition": "2026-W48"} for row in WORLD.curated if row["edition"] == "2026-W47"]
    desk.write(replace(WORLD, curated=again))
    desk.plan(following, NOW + timedelta(days=7))
    path = desk.root / "editions" / "weekly_winddown" / "2026-W48" / "plan.parquet"
    with Engine(threads=1) as engine:
        ids = {row.delivery_id for row in Plan(engine, path).rows()}
    assert len(ids) == len(planned.rows("plan"))
    assert not ids & planned.column("plan", "delivery_id")


def test_the_manifest_says_what_went_in_and_what_came_of_it(planned: Desk) -> None:
    manifest = planned.folder.require_manifest()
    inputs, counts, plan = manifest["inputs"], manifest["counts"], manifest["plan"]
    assert isinstance(inputs, dict)
    assert isinstance(counts, dict)
    assert isinstance(plan, dict)
    users = planned.root / "data" / "users.parquet"
    assert inputs["users"][0]["name"] == "data/users.parquet"
    assert inputs["users"][0]["size"] == users.stat().st_size
    assert set(inputs) == {
        "items",
        "collections",
        "users",
        "interactions",
        "curated",
        "suppressions",
        "recommendations",
    }
    assert (manifest["campaign"], manifest["edition"]) == ("weekly_winddown", "2026-W47")
    assert (manifest["seed"], manifest["as_of"]) == (str(EDITION), "2026-11-21T00:00:00+00:00")
    assert (manifest["templates"], manifest["slots"]) == ("the templates' hash", 2)
    settings = campaign(rules=planned.campaign.model_dump()["rules"]).model_dump(mode="json")
    for name in ("guards", "approval"):  # they are about sending, and may change meanwhile
        del settings[name]
    del settings["schedule"]["quiet_hours"]
    declaration = settings.pop("experiment")
    assert manifest["dogfood"] is settings.pop("dogfood") is None
    assert manifest["settings"] == settings
    digest = sha256(json.dumps(declaration, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    assert manifest["experiment"] == {"declaration": declaration, "sha256": digest}
    assert plan["rows"] == counts["planned"] == len(planned.rows("plan")) == 36
    assert counts["considered"] == 40 == counts["planned"] + sum(counts["excluded"].values())
    assert sum(n for by_language in counts["planned_by_variant"].values() for n in by_language.values()) == 36
    assert (counts["recommendations"]["unreadable"], counts["recommendations"]["offered"]) == (1, 36)
    assert [rule["rule"] for rule in counts["rules"]] == ["kids", "collections", "shuffle", "fill", "take"]


def test_the_manifests_hashes_are_of_the_files_beside_it(planned: Desk) -> None:
    manifest = planned.folder.require_manifest()

    def hashed(*names: str) -> dict[str, str]:
        digest = sha256()
        for name in names:
            content = (planned.folder.path / name).read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return {"sha256": digest.hexdigest()}

    assert manifest["plan"] == hashed("plan.parquet", "items.parquet", "collections.parquet") | {"rows": 36}
    assert manifest["excluded"] == hashed("excluded.parquet")


def test_a_damaged_or_missing_manifest_is_said_to_be_so(desk: Desk) -> None:
    assert desk.folder.read_manifest() is None
    with pytest.raises(
        ConfigurationError, match=r"weekly_winddown/2026-W47 is not planned: .* run `winddown plan` first"
    ):
        desk.folder.require_manifest()
    desk.folder.path.mkdir(parents=True)
    desk.folder.manifest.write_text("{")
    with pytest.raises(WinddownError, match=r"this is no manifest .*; plan the edition again"):
        desk.folder.read_manifest()
