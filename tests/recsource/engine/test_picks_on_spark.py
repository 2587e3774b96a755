"""Picks on Spark: on random worlds, under any rules and whatever the partitions, what DuckDB makes."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from on_spark import PARTITIONS, OpenSpark
from picking import Picker
from random_worlds import random_rules, random_world

from recsource.engine import Engine

seeds = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize("partitions", PARTITIONS)
@given(seed=seeds)
@settings(max_examples=2)
def test_spark_makes_the_picks_and_counts_that_duckdb_makes(
    open_spark: OpenSpark, tmp_path_factory: pytest.TempPathFactory, partitions: int, seed: int
) -> None:
    dice = Random(seed + partitions)
    world, rules = random_world(dice), random_rules(dice)
    folder = tmp_path_factory.mktemp("picks")
    with Engine(threads=1) as duckdb, open_spark(partitions) as spark:
        assert Picker(spark, folder).pick(world, rules) == Picker(duckdb, folder).pick(world, rules)
