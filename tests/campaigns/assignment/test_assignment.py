"""Assignment: the published sharder, in Python and SQL alike, and variants that own all its shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import md5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_campaign import campaign

from campaigns.assignment.assigning import assign
from campaigns.ground.experiment import Experiment, Variant
from recsource.engine import Engine
from recsource.sharder import shard, shard_sql

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
Assigned = dict[str, tuple[object, ...]]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as engine:
        yield engine


@pytest.mark.parametrize(
    ("salt", "subject", "digest"),
    [
        ("hello", "world", "2095312189753de6ad47dfe20cbe97ec"),
        ("another", "string-with-experiment-subject", "fd6bfc667b1bcdb901173f3d712e6c50"),
    ],
)
def test_the_shard_is_that_of_the_digests_which_eppos_sdks_are_tested_with(
    engine: Engine, salt: str, subject: str, digest: str
) -> None:
    """`ShardTest` of Eppo's .NET SDK; the first 8 digits modulo the number of shards, as its `Sharder` has it."""
    assert shard(salt, subject) == int(digest[:8], 16) % 10_000
    assert engine.row(f"SELECT {shard_sql(salt, 'subject')} FROM (VALUES ('{subject}')) AS _ (subject)") == (
        shard(salt, subject),
    )


@given(TEXT, TEXT)
@settings(max_examples=200)
def test_the_sharder_is_the_published_one(salt: str, subject: str) -> None:
    first_four_bytes = md5(f"{salt}-{subject}".encode(), usedforsecurity=False).digest()[:4]
    assert shard(salt, subject) == int.from_bytes(first_four_bytes, "big") % 10_000


def _experiment(shares: Sequence[float] = (0.5, 0.5), **changed: object) -> Experiment:
    variants = [{"name": f"v{n}", "source": "recommended", "share": share} for n, share in enumerate(shares)]
    defaults = {"variants": variants, "baseline": "v0", "forced": {}}
    return campaign(experiment=defaults | changed).experiment.experiment()


def _assign(
    engine: Engine,
    experiment: Experiment,
    people: Sequence[tuple[str, str | None]],
    edition: str = "2026-W47",
) -> Assigned:
    engine.load("people", {"user_id": "VARCHAR", "cohort": "VARCHAR"}, people)
    assign(engine, "people", experiment, edition)
    rows = engine.rows("SELECT user_id, variant, source, bucket, method FROM assigned")
    assert len(rows) == len(people)
    return {str(user_id): tuple(row) for user_id, *row in rows}


PEOPLE = [(f"user {n}", None) for n in range(4_000)]


def test_each_person_gets_the_variant_that_owns_their_shard(engine: Engine) -> None:
    experiment = _experiment((0.2, 0.3, 0.5))
    for user_id, (name, source, bucket, method) in _assign(engine, experiment, PEOPLE).items():
        assert bucket == shard("salt-1", user_id)
        assert (
            name
            == _owner(experiment, shard(experiment.salt_in("2026-W47"), user_id))
            == ("v0" if bucket < 2_000 else "v1" if bucket < 5_000 else "v2")
        )
        assert (source, method) == ("recommended", "randomised")


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.2, 0.3, 0.5)])
def test_the_shares_are_those_declared(engine: Engine, shares: Sequence[float]) -> None:
    counts = Counter(name for name, *_ in _assign(engine, _experiment(shares), PEOPLE).values())
    for n, share in enumerate(shares):
        assert abs(counts[f"v{n}"] - share * 4_000) < 4 * (4_000 * share * (1 - share)) ** 0.5


def test_two_experiments_split_people_independently(engine: Engine) -> None:
    first = _assign(engine, _experiment(salt="one"), PEOPLE)
    second = _assign(engine, _experiment(salt="two"), PEOPLE)
    both = Counter((first[user_id][0], second[user_id][0]) for user_id, _ in PEOPLE)
    assert all(abs(n - 1_000) < 4 * (4_000 * 0.25 * 0.75) ** 0.5 for n in both.values())
    assert len(both) == 4


def test_those_outside_the_traffic_get_the_baseline_and_the_others_stay_where_they_were(engine: Engine) -> None:
    everybody = _assign(engine, _experiment(), PEOPLE)
    some = _assign(engine, _experiment(traffic=0.3, baseline="v1"), PEOPLE)
    outside = {user_id for user_id, (*_, method) in some.items() if method == "outside_traffic"}
    assert abs(len(outside) - 2_800) < 4 * (4_000 * 0.21) ** 0.5
    assert outside == {user_id for user_id, _ in PEOPLE if shard("salt-1-traffic", user_id) >= 3_000}
    for user_id, row in some.items():
        assert row[0] == "v1" if user_id in outside else row == everybody[user_id]


def _owner(experiment: Experiment, bucket: int) -> str:
    return next(v.name for v in experiment.variants if v.first_shard <= bucket < v.end_shard)


def test_a_forced_cohort_gets_its_variant_whatever_its_shard_and_traffic(engine: Engine) -> None:
    people = [(f"user {n}", ("staff", "o'test", "other", None)[n % 4]) for n in range(200)]
    experiment = _experiment(forced={"staff": "v1", "o'test": "v0"}, traffic=0.0)
    assigned = _assign(engine, experiment, people)
    found = {(cohort, *(assigned[user_id][i] for i in (0, 3))) for user_id, cohort in people}
    assert found == {
        ("staff", "v1", "forced"),
        ("o'test", "v0", "forced"),
        ("other", "v0", "outside_traffic"),
        (None, "v0", "outside_traffic"),
    }


def test_a_weekly_experiment_assigns_anew_in_each_edition_and_a_sticky_one_does_not(engine: Engine) -> None:
    for scheme, salts in (("sticky", ("salt-1",) * 2), ("weekly", ("salt-1-2026-W47", "salt-1-2026-W48"))):
        experiment = _experiment(assignment=scheme, traffic=0.5)
        first, second = (_assign(engine, experiment, PEOPLE, edition) for edition in ("2026-W47", "2026-W48"))
        for user_id, _ in PEOPLE:
            assert [weeks[user_id][2] for weeks in (first, second)] == [shard(salt, user_id) for salt in salts]
            assert first[user_id][3] == second[user_id][3]  # who takes part stays the same
        stayed = sum(first[user_id][0] == second[user_id][0] for user_id, _ in PEOPLE) / len(PEOPLE)
        assert stayed == 1 if scheme == "sticky" else 0.7 < stayed < 0.8  # the half outside, and half of the rest


def test_before_its_start_and_after_its_end_everybody_gets_the_baseline(engine: Engine) -> None:
    experiment = _experiment(start="2026-W47", end="2026-W53", forced={"staff": "v1"})
    people = [*PEOPLE[:50], ("boss", "staff")]
    for edition in ("2026-W46", "2027-W01"):
        found = {(name, method) for name, _, _, method in _assign(engine, experiment, people, edition).values()}
        assert found == {("v0", "outside_experiment")}
    for edition in ("2026-W47", "2026-W53"):
        found = {method for *_, method in _assign(engine, experiment, people, edition).values()}
        assert found == {"randomised", "forced"}


@given(st.integers(0, 9_999), st.integers(1, 10_000), st.floats(0, 1))
@settings(max_examples=15)
def test_in_a_layer_only_those_take_part_whose_shard_of_the_layers_salt_is_the_experiments(
    engine: Engine, first: int, end: int, traffic: float
) -> None:
    first, end = sorted((first, end)) if first != end else (first, end + 1)
    experiment = _experiment(layer={"name": "home", "shards": [first, end]}, traffic=traffic)
    for user_id, (name, *_, method) in _assign(engine, experiment, PEOPLE[:500]).items():
        inside = first <= shard("layer-home", user_id) < end
        takes_part = shard("salt-1-traffic", user_id) < round(traffic * 10_000)
        expected = "outside_layer" if not inside else "randomised" if takes_part else "outside_traffic"
        assert method == expected
        assert method == "randomised" or name == "v0"


def test_nobody_is_in_two_experiments_of_a_layer_and_whoever_is_in_one_is_split_as_declared(
    engine: Engine,
) -> None:
    halves = [
        _experiment(salt=f"s{n}", layer={"name": "home", "shards": [n * 5_000, n * 5_000 + 5_000]}) for n in (0, 1)
    ]
    assigned = [_assign(engine, experiment, PEOPLE) for experiment in halves]
    for user_id, _ in PEOPLE:
        assert sorted(each[user_id][3] for each in assigned) == ["outside_layer", "randomised"]
    for each in assigned:
        arms = Counter(name for name, *_, method in each.values() if method == "randomised")
        assert abs(arms["v0"] - 1_000) < 4 * (2_000 * 0.25) ** 0.5


@given(st.lists(st.floats(0.0001, 1), min_size=1, max_size=8), st.floats(-0.0001, 0.0001))
@settings(max_examples=300)
def test_the_variants_own_all_10_000_shards_once_whatever_their_shares(weights: list[float], error: float) -> None:
    total = sum(weights)
    shares = [weight / total for weight in weights]
    shares[0] = min(1, max(shares[0] + error * 0.99, 1e-9))
    owned = _experiment(shares).variants
    assert [v.first_shard for v in owned] == [0, *(v.end_shard for v in owned[:-1])]
    assert owned[-1].end_shard == 10_000
    assert all(v.first_shard <= v.end_shard for v in owned)
    assert all(abs(v.share - share) < 0.0003 for v, share in zip(owned, shares, strict=True))


def test_shares_a_little_above_1_before_a_tiny_last_one_stay_within_the_shards() -> None:
    assert _experiment((0.50005, 0.50004, 0.000005)).variants == (
        Variant("v0", "recommended", 0, 5_000),
        Variant("v1", "recommended", 5_000, 10_000),
        Variant("v2", "recommended", 10_000, 10_000),
    )


def test_thirds_may_be_written_with_four_digits() -> None:
    assert [v.end_shard for v in _experiment((0.3333, 0.3333, 0.3333)).variants] == [3_333, 6_667, 10_000]
