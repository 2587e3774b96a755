"""A shard that is cut off from ledger and provider while it sends, in short; `make chaos` is the long form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from combinations import Combination
from cutting import Network, cut_once, network
from edition_to_send import World
from namespaces import why_not
from postgres import find_binaries
from table import wrongs


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    if why := why_not():
        pytest.skip(why)
    if find_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    world = World.make(tmp_path_factory.mktemp("cut") / "world", people=500)
    with network(world) as made:
        yield made


@pytest.mark.parametrize("long", [False, True], ids=["for-a-moment", "until-it-is-given-up"])
def test_nobody_gets_two_and_nobody_is_lost_when_a_shard_is_cut_off(
    wired: Network,
    tmp_path: Path,
    long: bool,  # noqa: FBT001 - drawn
) -> None:
    outcome = cut_once(wired, tmp_path, seed=7, long=long)
    reckoning = outcome.reckoning
    assert list(wrongs({Combination("ses", "postgresql", 3): outcome})) == []
    assert reckoning.arrived + reckoning.uncertain_stayed + reckoning.rejected == reckoning.planned > 300
    gave_up = [words for words in outcome.complaints if "cannot be reached or broke off" in words]
    assert gave_up == list(outcome.complaints)
    assert len(gave_up) == 1 or not long  # after TCP's patience, which is bounded
