"""Tests inside the app: no email, no plan, no ledger; assignments and interactions in, distinct days out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from planted import DAY, HOUR, LATER, SENT, Person, World, counted, experiment

from campaigns.ground.metric import MetricName
from campaigns.report import Assignments, Exposures, report_in_app
from campaigns.report.edition import Reported
from recsource.engine import Engine
from recsource.errors import InputError


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as made:
        yield made


def test_distinct_days_are_counted_from_each_persons_assignment_on(engine: Engine, tmp_path: Path) -> None:
    habits = {"control": (0, 1), "treatment": (0, 1, 2, 6, 7)}
    people = [
        Person(name, completed=tuple(SENT + n * HOUR + day * DAY for day in days), user=f"{name}{n}")
        for name, days in habits.items()
        for n in range(20)
    ]
    world = World(tmp_path / "world", people)
    assignments = tmp_path / "assignments.jsonl"
    rows = [
        {"user_id": each.user, "variant": each.variant, "assigned_at": (SENT + n % 20 * HOUR).isoformat()}
        for n, each in enumerate(people)
    ]
    assignments.write_text("\n".join(map(json.dumps, rows)))
    done = report_in_app(
        "carousel",
        experiment(primary=MetricName.COMPLETION_DAYS_7),
        people=Assignments([assignments]),
        folder=tmp_path / "report",
        interactions=world.interactions,
        items=world.items,
        engine=engine,
        now=LATER + timedelta(days=1),
    )
    assert counted(done.report, "completion_days_7") == {"control": (40, 20), "treatment": (80, 20)}
    assert counted(done.report, "completion_days_28") == {"control": (40, 20), "treatment": (100, 20)}
    assert done.report.primary.name is MetricName.COMPLETION_DAYS_7
    assert "carousel" in done.html.read_text(encoding="utf-8").lower()


def test_assignments_without_a_time_are_an_error_in_a_sentence(engine: Engine, tmp_path: Path) -> None:
    world = World(tmp_path / "world", [Person()])
    assignments = tmp_path / "assignments.csv"
    assignments.write_text("user_id,variant\nu0,control\n")
    with pytest.raises(
        InputError, match=r"no column 'assigned_at'; wanted the columns user_id, variant and assigned_at"
    ):
        report_in_app(
            "carousel",
            experiment(),
            people=Assignments([assignments]),
            folder=tmp_path / "report",
            interactions=world.interactions,
            items=world.items,
            engine=engine,
            now=LATER,
        )


def _logged(user: str, variant: str, *, day: int = 0, **other: str) -> dict[str, str]:
    line = {"user_id": user, "experiment": "picks", "variant": variant, "method": "randomised", "salt": "salt"}
    return line | other | {"at": (SENT + day * DAY).isoformat()}


def _exposed(engine: Engine, folder: Path, lines: list[dict[str, str]]) -> Reported:
    people = [Person(name, completed=(SENT, SENT + DAY), user=f"{name}{n}") for n in range(20) for name in _BOTH]
    world = World(folder / "world", people)
    exposures = folder / "exposures.jsonl"
    exposures.write_text("\n".join(map(json.dumps, lines)))
    return report_in_app(
        "picks",
        experiment(primary=MetricName.COMPLETION_DAYS_7),
        people=Exposures([exposures], "salt"),
        folder=folder / "report",
        interactions=world.interactions,
        items=world.items,
        engine=engine,
        now=LATER,
    )


_BOTH = ("control", "treatment")
_EVERYBODY = [_logged(f"{name}{n}", name) for n in range(20) for name in _BOTH]


def test_of_exposures_the_first_counts_and_only_of_those_who_were_randomised(
    engine: Engine, tmp_path: Path
) -> None:
    lines = [
        _logged("control0", "control", day=3),
        *_EVERYBODY,
        _logged("control0", "control", day=1),
        _logged("colleague", "treatment", method="forced"),
        _logged("outsider", "control", method="outside_traffic"),
        _logged("control1", "treatment", experiment="another"),
        _logged("control2", "treatment", salt="an earlier version's"),
    ]
    done = _exposed(engine, tmp_path, lines)
    assert counted(done.report, "completion_days_7") == {"control": (40, 20), "treatment": (40, 20)}


def test_somebody_exposed_in_two_variants_is_an_error_in_a_sentence(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1 people were exposed in several variants of 'picks', 'control3' the"):
        _exposed(engine, tmp_path, [*_EVERYBODY, _logged("control3", "treatment", day=2)])


def test_exposures_before_the_test_has_begun_are_an_error_in_a_sentence(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none of 'picks' with the salt 'salt' is randomised"):
        _exposed(engine, tmp_path, [_logged("colleague", "treatment", method="forced")])


def test_nobodys_week_is_counted_before_it_is_over(engine: Engine, tmp_path: Path) -> None:
    late = [_logged(f"{name}{n}", name, day=27) for n in range(10) for name in _BOTH]
    early = [_logged(f"{name}{n}", name) for n in range(10, 20) for name in _BOTH]
    done = _exposed(engine, tmp_path, early + late)
    assert counted(done.report, "completion_days_7") == {"control": (20, 10), "treatment": (20, 10)}
    assert counted(done.report)["control"] == (10, 20)
