"""Shards: whatever their number, each delivery is in exactly one, and they are as large as each other."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ground.edition import Edition
from campaigns.ground.shard import KEYS, WHOLE, Shard, shard_key
from campaigns.links import delivery_id

EDITION = Edition("weekly_winddown", 2026, 47)
ids = st.integers(0, 16**32 - 1).map(lambda number: f"{number:032x}")
parts = st.integers(1, 300) | st.sampled_from([KEYS - 1, KEYS, KEYS + 1, 2 * KEYS])


def shards(of: int) -> list[Shard]:
    return [Shard(number + 1, of) for number in range(of)]


@given(name=ids, of=st.integers(1, 300))
def test_every_delivery_is_in_exactly_one_shard(name: str, of: int) -> None:
    assert [shard.has(name) for shard in shards(of)].count(True) == 1


@given(of=st.integers(1, 300))
def test_the_keys_of_all_shards_are_all_keys_in_order_and_none_twice(of: int) -> None:
    stretches = [shard.keys for shard in shards(of)]
    assert (stretches[0].start, stretches[-1].stop) == (0, KEYS)
    assert all(one.stop == following.start for one, following in pairwise(stretches))


@given(name=ids, of=parts)
def test_a_shard_s_number_is_what_the_ledger_s_sql_says(name: str, of: int) -> None:
    assert Shard(shard_key(name) * of // KEYS + 1, of).has(name)


@given(name=ids, of=st.integers(1, 100), times=st.integers(1, 10))
def test_finer_shards_are_parts_of_coarser_ones(name: str, of: int, times: int) -> None:
    (coarse,) = (shard for shard in shards(of) if shard.has(name))
    (fine,) = (shard for shard in shards(of * times) if shard.has(name))
    assert (fine.number - 1) // times == coarse.number - 1


@given(one=ids, other=ids)
def test_keys_ascend_with_ids_so_that_a_shard_s_rows_lie_side_by_side_in_a_plan(one: str, other: str) -> None:
    assert (shard_key(one) <= shard_key(other)) or one > other


def test_the_ids_of_real_people_are_shared_out_evenly() -> None:
    """20,000 in 16 shards: 1,250 each, and hardly ever further off than four standard deviations."""
    keys = [shard_key(delivery_id(EDITION, f"u{n}")) for n in range(20_000)]
    sizes = Counter(key * 16 // KEYS for key in keys)
    assert len(sizes) == 16
    assert all(abs(size - 1_250) < 4 * 34.2 for size in sizes.values())


def test_it_is_the_same_on_every_machine_and_for_ever() -> None:
    name = delivery_id(EDITION, "u0000001")
    assert name == sha256(b"weekly_winddown/2026-W47/u0000001").hexdigest()[:32]
    assert shard_key("00000a" + 26 * "f") == 10
    assert [Shard(n, 3).keys for n in (1, 2, 3)] == [
        range(5_592_406),
        range(5_592_406, 11_184_811),
        range(11_184_811, 16_777_216),
    ]


def test_it_is_read_and_written_as_people_do() -> None:
    shard = Shard.parse("3/8")
    assert (shard, str(shard), shard.name, shard.is_whole) == (Shard(3, 8), "3/8", "3of8", False)
    assert (WHOLE, WHOLE.is_whole, WHOLE.keys) == (Shard.parse("1/1"), True, range(KEYS))


@pytest.mark.parametrize(
    "written", ["", "3", "0/8", "9/8", "3/0", "-1/8", "3/8/2", "a/b", " 3/8", "3 / 8", "03/8"]
)
def test_what_is_no_shard_is_an_error_that_says_what_is_wanted(written: str) -> None:
    with pytest.raises(ValueError, match=r"shard .*: wanted"):
        Shard.parse(written)


def test_an_id_that_is_no_hash_has_no_shard() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        shard_key("delivery 1")
