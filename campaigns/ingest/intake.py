"""The intake: a checked file's events go to the ledger, its interactions to a file beside the others.

Each file is taken whole or not at all as far as its content goes. Should the process die between the two
steps, ingesting the file again completes it: events are known by their provider's id, interactions by
their content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

from campaigns.ground.event import Event, EventType
from campaigns.ingest.check import read
from campaigns.ports.ledger import Ledger
from recsource.engine import Engine, Queries

_SQL = Queries("campaigns")
_CHUNK = 10_000  # rows fetched at a time, so that a night's events never stand in memory at once


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came in.

    Attributes:
        events_known: seen before; webhooks repeat themselves.
        unknown_deliveries: new events whose delivery the ledger does not know; kept all the same.
        suppressed: addresses that get nothing more from now on.
        interactions_known: in a file ingested earlier, or twice in this one.
    """

    files: int = 0
    events_new: int = 0
    events_known: int = 0
    unknown_deliveries: int = 0
    suppressed: int = 0
    interactions_new: int = 0
    interactions_known: int = 0

    def __add__(self, other: Ingested) -> Ingested:
        return Ingested(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def ingest(files: Sequence[Path], *, ledger: Ledger, folder: Path, engine: Engine) -> Ingested:
    """Take in files of the neutral format (`campaigns.ingest.shapes`), one after the other.

    Args:
        files: JSON Lines, `.gz` or plain.
        ledger: takes the events.
        folder: where interactions are kept, as `interactions-*.parquet`; made where there is none.
        engine: reads the files; its tables `lines`, `records` and `fresh_interactions` are replaced.

    Raises:
        InputError: a file or a line of it cannot be read; nothing of that file is recorded, while the files
            before it are. Ingesting them all again changes nothing.
        LedgerError: the ledger cannot be written.
    """
    return sum((_ingest(path, ledger, folder, engine) for path in files), Ingested())


def _ingest(path: Path, ledger: Ledger, folder: Path, engine: Engine) -> Ingested:
    read(engine, path)
    new, known = _keep_interactions(path, folder, engine)
    recorded = ledger.record(_events(engine))
    return Ingested(
        files=1,
        events_new=recorded.new,
        events_known=recorded.known,
        unknown_deliveries=recorded.unknown,
        suppressed=recorded.suppressed,
        interactions_new=new,
        interactions_known=known,
    )


def _events(engine: Engine) -> Iterator[Event]:
    for event_id, delivery_id, kind, at, machine, item_id in engine.stream(_SQL("ingest/events"), size=_CHUNK):
        assert isinstance(at, datetime)
        yield Event(
            provider_event_id=str(event_id),
            delivery_id=str(delivery_id),
            type=EventType(str(kind)),
            at=at.replace(tzinfo=UTC),
            machine=bool(machine),
            item_id=None if item_id is None else str(item_id),
        )


def _keep_interactions(path: Path, folder: Path, engine: Engine) -> tuple[int, int]:
    """Write those that no earlier file holds; how many they are, and how many lines held nothing new."""
    engine.run(_SQL("ingest/interactions", earlier=[str(file) for file in folder.glob("interactions-*.parquet")]))
    lines, new = engine.numbers(_SQL("ingest/count_interactions"))
    if new:
        _write(folder, f"interactions-{_digest(path)}.parquet", engine)
    return new, lines - new


def _write(folder: Path, name: str, engine: Engine) -> None:
    """Under another name first, so that nobody ever reads half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    engine.run(_SQL("ingest/write_interactions", path=part))
    part.replace(folder / name)


def _digest(path: Path) -> str:
    """The first 16 hexadecimal digits of the file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
