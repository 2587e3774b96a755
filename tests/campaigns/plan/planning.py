"""A small workspace to plan in: forty people of every sort, a few items, and a ledger in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
from tiny_campaign import campaign, workspace
from tiny_world import TinyWorld, ago, chosen, collection, heard, item, recommended, suppression, user

from campaigns.ground.edition import Edition
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.planner import Planner
from campaigns.ports.clock import FixedClock
from campaigns.ports.ledger import Ledger
from campaigns.ports.progress import Silent
from campaigns.settings.campaign import CampaignSettings
from campaigns.settings.workspace import WorkspaceSettings
from campaigns.store.memory import MemoryLedger
from recsource.engine import Engine, PlanningEngine

EDITION = Edition("weekly_winddown", 2026, 47)
NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
ZONES = ("Europe/London", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kolkata", None, "", "Mars/Base")
ITEMS = [
    item("story", title="A story", kind="sleep_story", narrator="Ørn"),
    item("rain", language="zxx", kind="soundscape"),
    item("day 1", collection_id="calm"),
    item("day 2", collection_id="calm"),
    item("bear", for_kids=True),
    item("unseen"),
]
RULES = [
    {"rule": "kids", "listens": 1},
    {"rule": "collections"},
    {"rule": "shuffle", "strength": 0.5},
    {"rule": "fill", "sources": ["curated"]},
    {"rule": "take", "slots": 2},
]


def _people() -> list[dict[str, object]]:
    everybody = [
        user(
            f"user {n}",
            email=f"user{n}@mail.example",
            first_name=("Ada", "null", "Zoë")[n % 3],
            language=("en", "en", "de")[n % 3],
            timezone=ZONES[n % len(ZONES)],
            cohort="staff" if n % 10 == 0 else None,
        )
        for n in range(36)
    ]
    return [
        *everybody,
        user("left", email_consent=False),
        user("bounced", email="bounced@mail.example"),
        user("away", last_active_at=ago(400)),
        user("other half", email="USER1@mail.example", last_active_at=ago(50)),
    ]


WORLD = TinyWorld(
    items=ITEMS,
    users=_people(),
    collections=[collection("calm"), collection("unseen")],
    interactions=[heard("user 3", "bear"), heard("user 4", "story", "complete")],
    curated=[
        *(chosen(n, item_id) for n, item_id in enumerate(("bear", "rain", "bear", "story", "day 1"))),
        *(chosen(n, item_id, "de") for n, item_id in enumerate(("rain", "story"))),
        chosen(1, "unseen", edition="2026-W46"),
    ],
    suppressions=[suppression("Bounced@mail.example")],
    lines=[
        *(recommended(f"user {n}", ("day 2", "bear", "story", "day 1", "rain")) for n in range(0, 36, 2)),
        *(recommended(f"user {n}", ("bear",)) for n in range(1, 36, 2)),
        "not json",
    ],
)


@dataclass(slots=True)
class Desk:
    """A workspace, its ledger, and what a test may change about planning in it."""

    root: Path
    ledger: Ledger = field(default_factory=MemoryLedger)
    campaign: CampaignSettings = field(default_factory=lambda: campaign(rules=RULES))
    workspace: WorkspaceSettings = field(default_factory=workspace)
    templates: str = "the templates' hash"
    threads: int = 2
    host: str = "here"
    open_engine: Callable[[Desk], AbstractContextManager[PlanningEngine]] = lambda desk: Engine(
        threads=desk.threads
    )

    @property
    def folder(self) -> EditionFolder:
        """The edition's."""
        return EditionFolder.of(EDITION, self.root / "editions")

    def write(self, world: TinyWorld = WORLD, suffix: str = ".parquet") -> None:
        """Lay the world's files out, the batch as if it had been written a day ago."""
        world.write(self.root / "data", suffix)
        self.workspace = workspace(suffix)

    def plan(self, edition: Edition = EDITION, now: datetime = NOW) -> dict[str, Any]:
        """Plan an edition; the batch is a day old."""
        batch = self.root / "data" / "recommendations" / "batch.out"
        if batch.exists():
            set_age(batch, now - timedelta(days=1))
        with self.open_engine(self) as engine:
            planner = Planner(
                self.root,
                self.workspace,
                self.campaign,
                self.templates,
                engine,
                self.ledger,
                FixedClock(now),
                Silent(),
                self.host,
            )
            return cast("dict[str, Any]", planner.plan(edition))

    def files(self) -> Mapping[str, bytes]:
        """Every file under `editions`, by its name."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted((self.root / "editions").rglob("*"))
            if path.is_file()
        }

    def rows(self, what: str, columns: str = "*", where: str = "true") -> list[tuple[Any, ...]]:
        """Rows of one of the edition's Parquet files, as any other reader sees them."""
        path = self.folder.path / f"{what}.parquet"
        with duckdb.connect() as reader:
            return reader.execute(f"SELECT {columns} FROM '{path}' WHERE {where} ORDER BY ALL").fetchall()

    def column(self, what: str, column: str, where: str = "true") -> set[Any]:
        """The different values of a column."""
        return {value for (value,) in self.rows(what, column, where)}


def set_age(path: Path, written: datetime) -> None:
    """Make a file's date what a test says."""
    os.utime(path, (written.timestamp(), written.timestamp()))
