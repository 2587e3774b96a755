"""Tests inside the app: no email, no plan, no ledger; assignments and interactions in, distinct days out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from planted import DAY, HOUR, LATER, SENT, Person, World, counted, experiment

from campaigns.ground.metric import MetricName
from campaigns.report import report_in_app
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
        assignments=assignments,
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
            assignments=assignments,
            folder=tmp_path / "report",
            interactions=world.interactions,
            items=world.items,
            engine=engine,
            now=LATER,
        )
