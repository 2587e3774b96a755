"""Chance that belongs to ids."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsource.sample import dice

ids = st.lists(st.text(max_size=12), min_size=1, max_size=30, unique=True)


@given(ids, st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_number_depends_on_its_own_id_alone(names: list[str], seed: int, random: object) -> None:
    shuffled = sorted(names, key=lambda _: random.random())  # type: ignore[attr-defined]  # Hypothesis types it as object
    ordered = dict(zip(names, dice.uniform(dice.keys(seed, names), "x"), strict=True))
    other = dict(zip(shuffled, dice.uniform(dice.keys(seed, shuffled), "x"), strict=True))
    assert ordered == other


def test_numbers_are_uniform_and_purposes_independent() -> None:
    keys = dice.keys(1, map(str, range(20_000)))
    one, other = dice.uniform(keys, "one"), dice.uniform(keys, "other")
    for drawn in (one, other):
        assert 0 <= drawn.min() < 0.001
        assert 0.999 < drawn.max() < 1
        assert abs(drawn.mean() - 0.5) < 0.01
        assert abs(drawn.var() - 1 / 12) < 0.005
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03


def test_numbered_parts_of_one_key_differ() -> None:
    keys = np.repeat(dice.keys(1, ["a"]), 1000)
    assert len(set(dice.derived(keys, "slot", np.arange(1000)).tolist())) == 1000


def test_counts_are_poisson() -> None:
    keys = dice.keys(2, map(str, range(20_000)))
    counts = dice.poisson(keys, "plays", np.full(len(keys), 2.5))
    assert abs(counts.mean() - 2.5) < 0.06
    assert abs(counts.var() - 2.5) < 0.12
    assert abs((counts == 0).mean() - np.exp(-2.5)) < 0.01


def test_waits_are_exponential_and_whole_numbers_within_bounds() -> None:
    keys = dice.keys(3, map(str, range(20_000)))
    assert abs(dice.exponential(keys, "wait", 60).mean() - 60) < 2
    whole = dice.between(keys, "delay", 2, 9)
    assert set(whole.tolist()) == set(range(2, 9))
