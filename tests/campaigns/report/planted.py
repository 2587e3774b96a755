"""Planted worlds: editions' folders, a ledger and interactions, made of people whose story is known."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from by_hand import hand_over, take

from campaigns.ground.edition import Edition
from campaigns.ground.event import Event, EventType
from campaigns.ground.experiment import Experiment, Variant
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.links import delivery_id
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.report import report
from campaigns.report.edition import Data, Reported, study_editions
from campaigns.report.metric_result import MetricResult
from campaigns.report.question import EditionFiles, Question
from campaigns.report.result import Report
from campaigns.store.memory import MemoryLedger
from recsource.engine import Engine

EDITION = Edition("weekly_winddown", 2026, 47)
SENT = datetime(2026, 11, 21, 18, tzinfo=UTC)
LATER = SENT + timedelta(days=29)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
ITEMS = (
    ("i1", "An old story", "sleep_story", SENT - timedelta(days=200), 600, None),
    ("i2", "A new story", "sleep_story", SENT - timedelta(days=3), 1200, None),
    ("i3", "A new sound", "soundscape", SENT - timedelta(days=5), 300, "c1"),
)


def experiment(*names: str, **declared: Any) -> Experiment:
    """Equal arms of these names, the first the baseline."""
    names = names or ("control", "treatment")
    ends = [round(10_000 * number / len(names)) for number in range(len(names) + 1)]
    variants = tuple(
        Variant(name, "curated", first, end) for name, first, end in zip(names, ends, ends[1:], strict=False)
    )
    return replace(Experiment("picks", "salt", variants, names[0], 1.0, {}), **declared)


@dataclass(frozen=True)
class Person:
    """One person's story in one edition.

    Attributes:
        accepted: when the message was accepted; None if it never went out.
        events: `(type, at, machine)`.
        completed: when they completed something; `(when, item)` where it matters what.
        listened: `(when, item)`.
        shown: the items in the slots.
        user: who it is, where they are in several editions.
    """

    variant: str = "control"
    method: str = "randomised"
    due: datetime = SENT
    accepted: datetime | None = SENT
    events: tuple[tuple[EventType, datetime, bool], ...] = ()
    completed: tuple[datetime | tuple[datetime, str], ...] = ()
    listened: tuple[tuple[datetime, str], ...] = ()
    shown: tuple[str, ...] = ("i2",)
    timezone: str = "UTC"
    language: str = "en"
    user: str = ""


def opened(at: datetime, *, machine: bool = False) -> tuple[EventType, datetime, bool]:
    """An opening."""
    return (EventType.OPENED, at, machine)


def clicked(at: datetime, *, machine: bool = False) -> tuple[EventType, datetime, bool]:
    """A click."""
    return (EventType.CLICKED, at, machine)


def delivered(at: datetime = SENT) -> tuple[EventType, datetime, bool]:
    """A provider's report of a delivery."""
    return (EventType.DELIVERED, at, False)


@dataclass
class World:
    """The people of one edition on disk and in a ledger."""

    folder: Path
    people: Sequence[Person]
    excluded: Sequence[str] = ()
    simulated: bool = False
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    edition: Edition = EDITION

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_plan()
        self._write_app()
        (self.folder / "manifest.json").write_text(json.dumps({"simulated": self.simulated}))
        self._fill_ledger()

    @property
    def interactions(self) -> list[Path]:
        """What to read completions from."""
        return [self.folder / "interactions.csv"]

    @property
    def items(self) -> list[Path]:
        """The catalogue."""
        return [self.folder / "items.csv"]

    def user(self, n: int) -> str:
        """The id of the person in a place."""
        return self.people[n].user or f"u{n}"

    def delivery(self, n: int) -> str:
        """Their delivery's."""
        return delivery_id(self.edition, self.user(n))

    def _write_plan(self) -> None:
        people = list(enumerate(self.people))
        campaign, name = self.edition.campaign, self.edition.name
        self._parquet(
            "assignments",
            "campaign VARCHAR, edition VARCHAR, user_id VARCHAR, experiment VARCHAR, variant VARCHAR, "
            "method VARCHAR",
            [(campaign, name, self.user(n), "picks", person.variant, person.method) for n, person in people],
        )
        self._parquet(
            "plan",
            "delivery_id VARCHAR, user_id VARCHAR, variant VARCHAR, send_at TIMESTAMP, timezone VARCHAR, "
            "language VARCHAR, slots STRUCT(slot INTEGER, source VARCHAR, item_id VARCHAR, collection_id "
            "VARCHAR)[], "
            "attributes STRUCT(subscription VARCHAR, favourite_time VARCHAR, signed_up_at TIMESTAMP)",
            [
                (
                    self.delivery(n),
                    self.user(n),
                    person.variant,
                    _naive(person.due),
                    person.timezone,
                    person.language,
                    [_slot(k, what) for k, what in enumerate(person.shown, start=1)],
                    {"subscription": "active", "favourite_time": None, "signed_up_at": "2026-01-01 00:00:00"},
                )
                for n, person in people
            ],
        )
        self._parquet(
            "excluded", "user_id VARCHAR, reason VARCHAR", [(f"x{n}", why) for n, why in enumerate(self.excluded)]
        )

    def _parquet(self, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
        with duckdb.connect() as engine:
            engine.execute(f"CREATE TABLE rows ({columns})")
            if rows:
                engine.executemany(f"INSERT INTO rows VALUES ({', '.join('?' * len(rows[0]))})", rows)
            engine.execute(f"COPY rows TO '{self.folder / name}.parquet' (FORMAT parquet)")

    def _write_app(self) -> None:
        rows = [
            (self.user(n), *_what(moment, event))
            for n, person in enumerate(self.people)
            for event, moments in (("complete", person.completed), ("listen", person.listened))
            for moment in moments
        ]
        stranger = ("stranger", "i1", "complete", _naive(LATER))
        _write_csv(self.interactions[0], ("user_id", "item_id", "event", "at"), [*rows, stranger])
        names = ("item_id", "title", "kind", "published_at", "duration_s", "collection_id")
        _write_csv(self.items[0], names, [(*item[:3], _naive(item[3]), *item[4:]) for item in ITEMS])

    def _fill_ledger(self) -> None:
        enrolments = [self._enrolment(n, person) for n, person in enumerate(self.people)]
        self.ledger.enrol(self.edition, "hash", enrolments, SENT)
        take(self.ledger, self.edition, len(self.people), LATER)
        for n, person in enumerate(self.people):
            outcome = Outcome.ACCEPTED if person.accepted else Outcome.REJECTED
            at = person.accepted or LATER
            hand_over(self.ledger, self.edition, [Receipt(self.delivery(n), outcome)], at)
        self.ledger.record(
            Event(f"e{self.edition.name}-{n}-{k}", self.delivery(n), kind, at, machine)
            for n, person in enumerate(self.people)
            for k, (kind, at, machine) in enumerate(person.events)
        )

    def _enrolment(self, n: int, person: Person) -> tuple[Enrolment, Assignment]:
        return (
            Enrolment(self.delivery(n), n, self.user(n), f"key{self.user(n)}", person.due),
            Assignment(self.user(n), "picks", person.variant, 0, "salt", person.method),
        )


def reported(
    engine: Engine,
    *worlds: World,
    now: datetime = LATER,
    names: Sequence[str] = (),
    simulated: bool = False,
    **declared: Any,
) -> Reported:
    """The worlds' report, of one edition or of several that share a ledger."""
    return report(
        [(world.edition, world.folder) for world in worlds],
        experiment(*names, **declared),
        folder=worlds[-1].folder,
        ledger=worlds[0].ledger,
        interactions=[path for world in worlds for path in world.interactions],
        items=worlds[0].items,
        engine=engine,
        now=now,
        simulated=simulated,
    )


def studied(
    engine: Engine, *worlds: World, now: datetime = LATER, names: Sequence[str] = (), **declared: Any
) -> Report:
    """The same as values alone, nothing drawn."""
    files = [EditionFiles(world.edition.name, world.folder) for world in worlds]
    found, _ = study_editions(
        engine,
        Question(experiment(*names, **declared), files, files[0], now),
        Data([path for world in worlds for path in world.interactions], worlds[0].items),
        campaign=EDITION.campaign,
        ledger=worlds[0].ledger,
        simulated=False,
    )
    return found


def metric(found: Report, name: str = "completed_24h_of_sending") -> MetricResult:
    """A metric's result by its name."""
    return next(result for result in found.metrics if result.name == name)


def counted(found: Report, name: str = "completed_24h_of_sending") -> Mapping[str, tuple[int, int]]:
    """What happened and to whom it could have, by variant."""
    return {arm.variant: (round(arm.count), round(arm.of)) for arm in metric(found, name).arms}


def funnel(found: Report, step: str) -> Mapping[str, int]:
    """How many came so far, by variant."""
    return {arm.variant: arm.funnel[step] for arm in found.arms}


def _slot(number: int, what: str) -> dict[str, object]:
    collection = what if what.startswith("c") else None
    return {"slot": number, "source": "x", "item_id": None if collection else what, "collection_id": collection}


def _what(moment: datetime | tuple[datetime, str], event: str) -> tuple[str, str, str]:
    at, item = moment if isinstance(moment, tuple) else (moment, "i1")
    return item, event, _naive(at)


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def _naive(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
