"""The report against a plain reading of the same stories, and against SciPy and statsmodels."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from planted import DAY, EDITION, HOUR, ITEMS, SENT, Person, World, clicked, delivered, metric, opened, studied
from scipy.stats import chi2_contingency, ttest_ind
from statsmodels.regression.linear_model import OLS

from campaigns.ground.edition import Edition
from campaigns.report.result import Report
from campaigns.store.memory import MemoryLedger
from recsource.engine import Engine

MINUTES = {item[0]: item[4] / 60 for item in ITEMS}
PUBLISHED = {item[0]: item[3] for item in ITEMS}
PEOPLE, WEEKS = 120, 3
ZONES = ("UTC", "Asia/Kolkata", "America/New_York")
AFTER = SENT + timedelta(days=60)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as made:
        yield made


def story(n: int, week: int, dice: random.Random) -> Person:
    """One person's week: seeded, so that the same story can be told twice."""
    sent = SENT + week * 7 * DAY + dice.randrange(5) * HOUR
    habit = 1 + n % 4
    moments = [sent + timedelta(seconds=dice.randrange(7 * 86400)) for _ in range(dice.randrange(habit * 2))]
    done = tuple((moment.replace(microsecond=0), dice.choice("123")) for moment in moments)
    opening = sent + timedelta(seconds=dice.randrange(5 * 86400))
    events = [delivered(sent + timedelta(seconds=9))]
    if dice.random() < 0.5:
        events.append(opened(opening))
    if dice.random() < 0.3:
        events.append(clicked(opening + timedelta(seconds=30)))
    return Person(
        variant="treatment" if n % 2 else "control",
        due=SENT + week * 7 * DAY,
        accepted=sent,
        events=tuple(events),
        completed=tuple((moment, f"i{item}") for moment, item in done),
        listened=tuple((moment - timedelta(minutes=5), f"i{item}") for moment, item in done),
        shown=("i2", "c1") if n % 2 else ("i1",),
        timezone=ZONES[n % 3],
        user=f"u{n}",
    )


@pytest.fixture(scope="module")
def stories() -> list[list[Person]]:
    dice = random.Random(7)
    return [[story(n, week, dice) for n in range(PEOPLE)] for week in range(WEEKS)]


@pytest.fixture(scope="module")
def found(engine: Engine, stories: list[list[Person]], tmp_path_factory: pytest.TempPathFactory) -> Report:
    ledger, root = MemoryLedger(), tmp_path_factory.mktemp("weeks")
    worlds = [
        World(root / f"w{week}", people, ledger=ledger, edition=Edition(EDITION.campaign, 2026, 47 + week))
        for week, people in enumerate(stories)
    ]
    return studied(engine, *worlds, now=AFTER)


def all_done(stories: list[list[Person]], n: int) -> list[tuple[datetime, str]]:
    """What a person ever completed, each completion once."""
    return sorted({one for week in stories for one in week[n].completed})  # type: ignore[type-var]


def by_hand(stories: list[list[Person]], week: int, n: int) -> Mapping[str, float]:
    """One person's outcomes in one week, told slowly."""
    person, done = stories[week][n], all_done(stories, n)
    sent = max(person.due, person.accepted or person.due)
    listens = {one for each in stories for one in each[n].listened}
    soon = [(at, item) for at, item in done if sent <= at < sent + DAY]
    of_week = [(at, item) for at, item in done if sent <= at < sent + 7 * DAY]
    first = {kind: min(at for each, at, _ in person.events if each == kind) for kind, _, _ in person.events}
    opening = first.get("opened")  # type: ignore[call-overload]
    shown = {item for what in person.shown for item in (("i3",) if what == "c1" else (what,))}
    used = {(at - sent) // DAY for at, _ in [*done, *listens] if sent <= at < sent + 7 * DAY}
    zone = ZoneInfo(person.timezone)
    return {
        "completed_24h_of_sending": bool(soon),
        "completed_24h_of_opening": bool(opening and any(opening <= at < opening + DAY for at, _ in done)),
        "opened": opening is not None,
        "completed_recommended": any(item in shown for _, item in soon),
        "new_items_started": len(
            {
                item
                for at, item in listens
                if sent <= at < sent + 7 * DAY and PUBLISHED[item] > sent - timedelta(days=28)
            }
        ),
        "completion_days_7": len({(at - sent) // DAY for at, _ in of_week}),
        "completions": len(of_week),
        "active_days": len(used),
        "late_night_minutes": sum(
            MINUTES[item] for at, item in of_week if at.astimezone(zone).hour >= 23 or at.astimezone(zone).hour < 5
        ),
    }


def summed(stories: list[list[Person]], name: str) -> dict[str, np.ndarray]:
    """Each person's weeks summed, by variant."""
    return {
        variant: np.array(
            [
                sum(by_hand(stories, week, n)[name] for week in range(WEEKS))
                for n in range(PEOPLE)
                if (n % 2 == 1) == (variant == "treatment")
            ],
            dtype=float,
        )
        for variant in ("control", "treatment")
    }


@pytest.mark.parametrize(
    ("name", "count", "of"),
    [
        ("completed_24h_of_sending", "completed_24h_of_sending", None),
        ("completed_24h_of_opening", "completed_24h_of_opening", "opened"),
        ("completed_recommended", "completed_recommended", None),
        ("new_items_started", "new_items_started", None),
        ("completion_days_7", "completion_days_7", None),
        ("completions_per_active_day", "completions", "active_days"),
        ("late_night_minutes", "late_night_minutes", None),
    ],
)
def test_every_metric_counts_what_a_plain_reading_counts(
    found: Report, stories: list[list[Person]], name: str, count: str, of: str | None
) -> None:
    for arm in metric(found, name).arms:
        assert arm.count == pytest.approx(summed(stories, count)[arm.variant].sum(), rel=1e-6)
        assert arm.of == pytest.approx(summed(stories, of)[arm.variant].sum() if of else PEOPLE / 2 * WEEKS)


def test_weeks_of_a_person_are_one_observation_as_in_welchs_test_of_their_sums(
    found: Report, stories: list[list[Person]]
) -> None:
    sums = summed(stories, "completion_days_7")
    (pair,) = metric(found, "completion_days_7").comparisons
    expected = ttest_ind(sums["treatment"] / WEEKS, sums["control"] / WEEKS, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert pair.contrast is not None
    assert pair.contrast.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert pair.contrast.difference.low == pytest.approx(interval.low, rel=1e-9)
    assert pair.contrast.difference.high == pytest.approx(interval.high, rel=1e-9)


def test_a_ratio_agrees_with_the_regression_on_its_linearised_values(
    found: Report, stories: list[list[Person]]
) -> None:
    count, of = summed(stories, "completions"), summed(stories, "active_days")
    values, treated = [], []
    for variant, marked in (("control", 0.0), ("treatment", 1.0)):
        ratio = count[variant].sum() / of[variant].sum()
        values += list(ratio + (count[variant] - ratio * of[variant]) / of[variant].mean())
        treated += [marked] * len(count[variant])
    fitted = OLS(values, np.column_stack([np.ones(len(values)), treated])).fit(cov_type="HC3", use_t=False)
    (pair,) = metric(found, "completions_per_active_day").comparisons
    assert pair.contrast is not None
    assert pair.contrast.difference.value == pytest.approx(fitted.params[1], rel=1e-9)
    assert pair.contrast.standard_error == pytest.approx(fitted.bse[1], rel=0.02)


def test_one_edition_is_compared_as_scipys_chi_squared(
    engine: Engine, stories: list[list[Person]], tmp_path: Path
) -> None:
    one = studied(engine, World(tmp_path, stories[0]), now=AFTER)
    counts = [[arm.count, arm.of - arm.count] for arm in one.primary.arms]
    (pair,) = one.primary.comparisons
    assert pair.contrast is not None
    assert pair.contrast.p_value == pytest.approx(chi2_contingency(counts, correction=False).pvalue, rel=1e-9)
