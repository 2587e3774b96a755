"""A plan that Spark makes is, byte for byte, the one that DuckDB makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from on_spark import PARTITIONS, OpenSpark
from planning import RULES, WORLD, ZONES, Desk
from random_worlds import random_world
from tiny_campaign import campaign
from tiny_world import TinyWorld, ago, suppression

from campaigns.ground.errors import GuardError
from campaigns.store.memory import MemoryLedger
from recsource.errors import RecsourceError

_NAMES = ("Ada", " Zoë ", "null", "D\u2019Arcy", "\u00a0Łucja", "x1", "", None, "ADM\u0130N", "\u212aim", "أمل")
_ADDRESSES = (
    "a@b.example", "A@B.Example", " a@b.example ", "\u0130@b.example", "x@\u212aelvin.example", "no address",
    "", None, "a@b@c.example", "ü@b.example", "i@b.example", "b@b.example\n", "o'hara@b.example",
)  # fmt: skip
ALL_SOURCES = {
    "variants": [
        {"name": "control", "source": "curated", "share": 0.4},
        {"name": "treatment", "source": "recommended", "share": 0.3},
        {"name": "popular", "source": "popular", "share": 0.3},
    ]
}


def _outcome(desk: Desk) -> object:
    """The edition's files, or why there are none."""
    try:
        desk.plan()
    except (GuardError, RecsourceError) as refused:
        return str(refused)
    return desk.files()


def _on_spark(desk: Desk, open_spark: OpenSpark, partitions: int) -> Desk:
    """The same desk, with an empty ledger and the other engine."""
    return replace(desk, ledger=MemoryLedger(), open_engine=lambda _: open_spark(partitions))


@pytest.mark.parametrize(("partitions", "suffix"), [(1, ".parquet"), (3, ".csv"), (7, ".jsonl")])
def test_the_same_files_whatever_the_partitions_and_the_inputs_format(
    tmp_path: Path, open_spark: OpenSpark, partitions: int, suffix: str
) -> None:
    desk = Desk(tmp_path, campaign=campaign(rules=RULES, experiment=ALL_SOURCES))
    desk.write(WORLD, suffix)
    wanted = _outcome(desk)
    assert _outcome(_on_spark(desk, open_spark, partitions)) == wanted
    assert {row[0] for row in desk.rows("assignments", "variant")} == {"control", "treatment", "popular"}


@given(seed=st.integers(0, 2**64 - 1))
@settings(max_examples=2)
def test_the_same_files_on_worlds_of_any_ids_addresses_names_ties_and_nulls(
    open_spark: OpenSpark, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = Random(seed)
    desk = Desk(tmp_path_factory.mktemp("world"), campaign=campaign(rules=RULES, experiment=ALL_SOURCES))
    desk.write(_unkempt(random_world(dice), dice))
    wanted = _outcome(desk)
    assert _outcome(_on_spark(desk, open_spark, dice.choice(PARTITIONS))) == wanted


def _unkempt(world: TinyWorld, dice: Random) -> TinyWorld:
    """The world with people of every sort."""
    users = [
        dict(row)
        | {
            "email": dice.choice(_ADDRESSES),
            "first_name": dice.choice(_NAMES),
            "timezone": dice.choice(ZONES),
            "last_active_at": dice.choice((ago(1), ago(1), ago(59.9), ago(61), None)),
            "email_consent": dice.choice((True, True, True, None)),
            "cohort": dice.choice((None, None, "staff")),
        }
        for row in world.users
    ]
    return replace(
        world, users=users, suppressions=[suppression(dice.choice(("i@b.example", "\u0130@b.example")))]
    )
