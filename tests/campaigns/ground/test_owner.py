"""Owners: written and read alike, and told apart by what they begin with."""

from __future__ import annotations

import pytest

from campaigns.ground.owner import Owner, place_of
from campaigns.ground.shard import Shard


@pytest.mark.parametrize(
    ("written", "owner"),
    [
        ("host-b/71-c0ffee/1", Owner("host-b", "71-c0ffee", "1")),
        ("host-b/3of8/71-c0ffee/1", Owner("host-b", "71-c0ffee", "1", Shard(3, 8))),
    ],
)
def test_owners_are_read_as_they_are_written(written: str, owner: Owner) -> None:
    assert (Owner.parse(written), str(owner)) == (owner, written)


@pytest.mark.parametrize("written", ["", "host", "host/1", "host/9of8/71/1", "host/first/71/1", "a/b/c/d/e"])
def test_what_is_no_owner_is_an_error(written: str) -> None:
    with pytest.raises(ValueError, match=r"owner|shard"):
        Owner.parse(written)


def test_a_shard_s_place_is_within_its_host_s_and_in_no_other_shard_s() -> None:
    assert (place_of("host-b"), place_of("host-b", Shard(1, 1))) == ("host-b", "host-b")
    owner = str(Owner("host-b", "71-c0ffee", "1", Shard(1, 2)))
    places = [place_of("host-b"), place_of("host-b", Shard(1, 2)), place_of("host-b", Shard(1, 20))]
    assert [owner.startswith(f"{place}/") for place in places] == [True, True, False]
