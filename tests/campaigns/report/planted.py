"""Planted worlds: an edition's folder, ledger and interactions, made of people whose story is known."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from by_hand import hand_over, take

from campaigns.ground.edition import Edition
from campaigns.ground.event import Event, EventType
from campaigns.ground.experiment import Experiment, Variant
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.store.memory import MemoryLedger

EDITION = Edition("weekly_winddown", 2026, 47)
SENT = datetime(2026, 11, 21, 18, tzinfo=UTC)
LATER = SENT + timedelta(days=7)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def experiment(*names: str) -> Experiment:
    """Equal arms of these names, the first the baseline."""
    names = names or ("control", "treatment")
    ends = [round(10_000 * number / len(names)) for number in range(len(names) + 1)]
    variants = tuple(
        Variant(name, "curated", first, end) for name, first, end in zip(names, ends, ends[1:], strict=False)
    )
    return Experiment("picks", "salt", variants, names[0], 1.0, {})


@dataclass(frozen=True)
class Person:
    """One person's story.

    Attributes:
        accepted: when the message was accepted; None if it never went out.
        events: `(type, at, machine)`.
        completed: when they completed something.
    """

    variant: str = "control"
    method: str = "randomised"
    due: datetime = SENT
    accepted: datetime | None = SENT
    events: tuple[tuple[EventType, datetime, bool], ...] = ()
    completed: tuple[datetime, ...] = ()


def opened(at: datetime, *, machine: bool = False) -> tuple[EventType, datetime, bool]:
    """An opening."""
    return (EventType.OPENED, at, machine)


def delivered(at: datetime = SENT) -> tuple[EventType, datetime, bool]:
    """A provider's report of a delivery."""
    return (EventType.DELIVERED, at, False)


@dataclass
class World:
    """The people on disk and in a ledger."""

    folder: Path
    people: Sequence[Person]
    excluded: Sequence[str] = ()
    simulated: bool = False
    ledger: MemoryLedger = field(default_factory=MemoryLedger)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_plan()
        self._write_interactions()
        (self.folder / "manifest.json").write_text(json.dumps({"simulated": self.simulated}))
        self._fill_ledger()

    @property
    def interactions(self) -> list[Path]:
        """What to read completions from."""
        return [self.folder / "interactions.csv"]

    def _write_plan(self) -> None:
        self._parquet(
            "assignments",
            ("campaign", "edition", "user_id", "experiment", "variant", "method"),
            [
                (EDITION.campaign, EDITION.name, f"u{n}", "picks", person.variant, person.method)
                for n, person in enumerate(self.people)
            ],
        )
        self._parquet(
            "plan",
            ("delivery_id", "user_id", "variant", "send_at"),
            [(f"d{n}", f"u{n}", person.variant, _naive(person.due)) for n, person in enumerate(self.people)],
            times=("send_at",),
        )
        self._parquet("excluded", ("user_id", "reason"), [(f"x{n}", why) for n, why in enumerate(self.excluded)])

    def _parquet(
        self, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]], times: Sequence[str] = ()
    ) -> None:
        path = self.folder / f"{name}.csv"
        _write_csv(path, columns, rows)
        types = {column: "TIMESTAMP" if column in times else "VARCHAR" for column in columns}
        table = duckdb.read_csv(str(path), header=True, dtype=types)
        table.write_parquet(str(self.folder / f"{name}.parquet"))
        path.unlink()

    def _write_interactions(self) -> None:
        rows = [
            (f"u{n}", "i1", "complete", _naive(moment))
            for n, person in enumerate(self.people)
            for moment in person.completed
        ]
        stranger = ("stranger", "i1", "complete", _naive(LATER))
        _write_csv(self.interactions[0], ("user_id", "item_id", "event", "at"), [*rows, stranger])

    def _fill_ledger(self) -> None:
        self.ledger.enrol(EDITION, "hash", [self._enrolment(n, p) for n, p in enumerate(self.people)], SENT)
        take(self.ledger, EDITION, len(self.people), LATER)
        for n, person in enumerate(self.people):
            outcome = Outcome.ACCEPTED if person.accepted else Outcome.REJECTED
            at = person.accepted or LATER
            hand_over(self.ledger, EDITION, [Receipt(f"d{n}", outcome)], at)
        self.ledger.record(
            Event(f"e{n}-{k}", f"d{n}", kind, at, machine)
            for n, person in enumerate(self.people)
            for k, (kind, at, machine) in enumerate(person.events)
        )

    def _enrolment(self, n: int, person: Person) -> tuple[Enrolment, Assignment]:
        return (
            Enrolment(f"d{n}", n, f"u{n}", f"key{n}", person.due),
            Assignment(f"u{n}", "picks", person.variant, 0, "salt", person.method),
        )


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def _naive(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
