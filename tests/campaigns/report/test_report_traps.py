"""Traps, planted: each would make an ordinary report call a winner, and must not make this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from planted import (
    DAY,
    EDITION,
    HOUR,
    LATER,
    SENT,
    Person,
    World,
    counted,
    delivered,
    metric,
    opened,
    studied,
)

from campaigns.ground.edition import Edition
from campaigns.ground.experiment import Scheme
from campaigns.store.memory import MemoryLedger
from recsource.engine import Engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as made:
        yield made


def arm(variant: str, people: int, completing: int, **story: object) -> list[Person]:
    """So many people, the first of whom complete something."""
    return [
        Person(variant, completed=(SENT + HOUR,) if n < completing else (), **story)  # type: ignore[arg-type]
        for n in range(people)
    ]


def test_a_broken_randomiser_voids_the_verdict_and_is_suspected(engine: Engine, tmp_path: Path) -> None:
    people = [*arm("control", 200, 50), *arm("treatment", 100, 80)]
    found = studied(engine, World(tmp_path, people))
    assert [verdict.finding for verdict in found.verdicts] == ["void"]
    assert "Look first at the randomiser itself" in found.verdicts[0].sentence


def test_filtering_one_arm_before_sending_voids_it_at_the_step_where_it_happened(
    engine: Engine, tmp_path: Path
) -> None:
    people = [
        *arm("control", 150, 40),
        *arm("treatment", 75, 40),
        *arm("treatment", 75, 0, accepted=None),
    ]
    found = studied(engine, World(tmp_path, people))
    assert [verdict.finding for verdict in found.verdicts] == ["void"]
    assert "first at “sent”" in found.verdicts[0].sentence
    assert {check.step: check.alarm for check in found.checks}["assigned"] is False


def test_machine_openings_in_one_arm_leave_human_figures_alone(engine: Engine, tmp_path: Path) -> None:
    human = (delivered(), opened(SENT + HOUR))
    fetched = (*human, opened(SENT, machine=True))
    people = [
        *arm("control", 60, 20, events=human),
        *arm("control", 60, 20, events=(delivered(),)),
        *arm("treatment", 60, 20, events=fetched),
        *arm("treatment", 60, 20, events=(delivered(), opened(SENT, machine=True))),
    ]
    found = studied(engine, World(tmp_path, people))
    assert counted(found, "completed_24h_of_opening") == {"control": (20, 60), "treatment": (20, 60)}
    assert counted(found, "completed_24h_of_any_opening")["treatment"] == (40, 120)
    assert found.readings[0].may_be_read


def test_an_email_that_changes_who_opens_forbids_comparing_openers_and_bounds_it(
    engine: Engine, tmp_path: Path
) -> None:
    reads = {"events": (delivered(), opened(SENT + HOUR))}
    people = [
        *arm("control", 60, 30, **reads),
        *arm("control", 140, 0, events=(delivered(),)),
        *arm("treatment", 120, 40, **reads),
        *arm("treatment", 80, 0, events=(delivered(),)),
    ]
    found = studied(engine, World(tmp_path, people))
    (reading,) = found.readings
    assert not reading.may_be_read
    assert "may not be read" in reading.sentence
    assert reading.bounds is not None
    assert reading.bounds.low <= reading.bounds.high
    assert not found.void
    assert {check.step: check.alarm for check in found.checks}["opened"] is True


def test_duplicated_events_and_completions_change_no_figure(engine: Engine, tmp_path: Path) -> None:
    once = [
        Person(v, events=(delivered(), opened(SENT + HOUR)), completed=(SENT + HOUR,))
        for v in ("control", "treatment")
    ]
    many = [Person(each.variant, events=each.events * 4, completed=each.completed * 5) for each in once]
    told = [studied(engine, World(tmp_path / name, people)) for name, people in (("once", once), ("many", many))]
    assert told[0].metrics == told[1].metrics
    assert told[0].arms == told[1].arms


@pytest.mark.parametrize(("zone", "hour"), [("UTC", 2), ("Asia/Kolkata", 20), ("America/New_York", 7)])
def test_late_at_night_is_by_the_readers_clock_and_nothing_else_is(
    engine: Engine, tmp_path: Path, zone: str, hour: int
) -> None:
    """2:00 in London, 1:30 in Kolkata, 2:00 in New York; and days that no time zone moves."""
    at = (SENT + DAY).replace(hour=hour)
    found = studied(engine, World(tmp_path, [Person(completed=((at, "i2"),), timezone=zone)]))
    assert metric(found, "late_night_minutes").arms[0].count == 20
    assert metric(found, "completion_days_7").arms[0].count == 1


def test_days_are_spans_that_begin_with_the_sending(engine: Engine, tmp_path: Path) -> None:
    moments = (
        SENT,
        SENT + DAY - HOUR,
        SENT + DAY,
        SENT + 6 * DAY,
        SENT + 7 * DAY,
        SENT + 27 * DAY,
        SENT + 28 * DAY,
    )
    found = studied(engine, World(tmp_path, [Person(completed=moments)]))
    assert metric(found, "completion_days_7").arms[0].count == 3
    assert metric(found, "completion_days_28").arms[0].count == 5


def weeks(folder: Path, number: int, story: Sequence[Person]) -> list[World]:
    ledger = MemoryLedger()
    shifted = [
        [
            Person(
                each.variant,
                due=each.due + w * 7 * DAY,
                accepted=each.due + w * 7 * DAY,
                completed=tuple(
                    moment + w * 7 * DAY
                    for moment in each.completed  # type: ignore[operator]
                ),
            )
            for each in story
        ]
        for w in range(number)
    ]
    return [
        World(folder / f"w{w}", people, ledger=ledger, edition=Edition(EDITION.campaign, 2026, 47 + w))
        for w, people in enumerate(shifted)
    ]


def test_peeking_between_declared_looks_decides_nothing(engine: Engine, tmp_path: Path) -> None:
    worlds = weeks(tmp_path, 2, [*arm("control", 100, 20), *arm("treatment", 100, 80)])
    declared = {"start": "2026-W47", "end": "2026-W50", "looks": (0.5, 1.0)}
    early = studied(engine, worlds[0], **declared)
    assert [verdict.finding for verdict in early.verdicts] == ["too_early"]
    assert "No look was declared for now" in early.verdicts[0].sentence
    due = studied(engine, *worlds, now=LATER + 7 * DAY, **declared)
    assert due.look is not None
    assert due.look.boundary == pytest.approx(2.9626, abs=0.001)
    assert [verdict.finding for verdict in due.verdicts] == ["better"]


def test_a_difference_beyond_196_but_not_beyond_the_looks_boundary_is_not_called(
    engine: Engine, tmp_path: Path
) -> None:
    worlds = weeks(tmp_path, 2, [*arm("control", 200, 60), *arm("treatment", 200, 84)])
    declared = {"start": "2026-W47", "end": "2026-W50", "looks": (0.5, 1.0)}
    found = studied(engine, *worlds, now=LATER + 7 * DAY, **declared)
    (pair,) = found.primary.comparisons
    assert pair.contrast is not None
    assert pair.contrast.p_value < 0.05
    assert [verdict.finding for verdict in found.verdicts] == ["no_difference_shown"]


def test_sticky_weeks_count_people_and_weekly_ones_cross_the_arms(engine: Engine, tmp_path: Path) -> None:
    worlds = weeks(tmp_path, 2, [*arm("control", 40, 10), *arm("treatment", 40, 20)])
    sticky = studied(engine, *worlds, now=LATER + 7 * DAY)
    weekly = studied(engine, *worlds, now=LATER + 7 * DAY, scheme=Scheme.WEEKLY)
    assert counted(sticky) == counted(weekly) == {"control": (20, 80), "treatment": (40, 80)}
    overall = {check.step: check.observed for check in sticky.checks if not check.edition}
    assert overall["assigned"] == {"control": 40, "treatment": 40}
    found = weekly.primary.comparisons[0].contrast
    assert found is not None
    assert "crossed" in found.procedure


def test_an_edition_whose_windows_are_open_is_left_out_of_several(engine: Engine, tmp_path: Path) -> None:
    worlds = weeks(tmp_path, 2, [*arm("control", 5, 1), *arm("treatment", 5, 2)])
    found = studied(engine, *worlds, now=SENT + 7 * DAY + timedelta(hours=2))
    assert found.primary.editions == ["2026-W47"]
    assert found.primary.pending == 0
    assert any("counted up to 2026-W47" in warning for warning in found.warnings)
