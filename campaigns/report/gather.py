"""The gathering: the edition's files, the ledger and the interactions become a few counts an arm.

Everything a person did stays in the engine; what comes out is one row for each variant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from campaigns.ground.edition import Edition
from campaigns.ports.ledger import Ledger
from campaigns.report.metrics import WINDOW_HOURS, measures
from recsource.engine import Engine, Queries
from recsource.errors import InputError

_SQL = Queries("campaigns")
_DELIVERIES = {"delivery_id": "VARCHAR", "state": "VARCHAR", "changed_at": "TIMESTAMP"}
_EVENTS = {"delivery_id": "VARCHAR", "type": "VARCHAR", "at": "TIMESTAMP", "machine": "BOOLEAN"}
_READERS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "json", ".ndjson": "json", ".json": "json"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the report is made of.

    Attributes:
        counts: by variant, each measure of `metrics.measures()`.
        left_out: `(method, variant, people)` who were not assigned at random.
        excluded: `(reason, people)`, most frequent first.
        last_close: when the last 24-hour window after sending closes, or None with nobody assigned.
        newest: the newest interaction on file up to now, of anybody.
    """

    counts: Mapping[str, Mapping[str, int]]
    left_out: Sequence[tuple[str, str, int]]
    excluded: Sequence[tuple[str, int]]
    last_close: datetime | None
    newest: datetime | None


def gather(
    engine: Engine,
    edition: Edition,
    experiment: str,
    *,
    folder: Path,
    ledger: Ledger,
    interactions: Sequence[Path],
    now: datetime,
) -> Gathered:
    """Read everything once and count.

    Raises:
        InputError: a file of the edition is missing, the files contradict each other, or the
            interactions cannot be read.
    """
    files = {name: _existing(folder / f"{name}.parquet") for name in ("assignments", "plan", "excluded")}
    engine.run(_SQL("report/assigned", experiment=experiment, **files))
    _refuse_contradictions(engine, files["assignments"])
    _load_ledger(engine, ledger, edition)
    frame = {"now": now, "window_hours": WINDOW_HOURS}
    engine.run(_SQL("report/people", **frame))
    _read_interactions(engine, interactions, now)
    engine.run(_SQL("report/outcomes", **frame))
    last_close, newest = engine.row(_SQL("report/freshness", **frame))
    return Gathered(
        counts=_counts(engine),
        left_out=[
            (str(method), str(variant), int(str(people)))
            for method, variant, people in engine.rows(_SQL("report/left_out", experiment=experiment, **files))
        ],
        excluded=[
            (str(reason), int(str(people))) for reason, people in engine.rows(_SQL("report/excluded", **files))
        ],
        last_close=_utc(last_close),
        newest=_utc(newest),
    )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; plan the edition first (winddown plan)")
    return path


def _refuse_contradictions(engine: Engine, assignments: Path) -> None:
    repeated, unplanned, user = engine.row(_SQL("report/contradictions"))
    if repeated:
        raise InputError(f"{assignments}: {repeated} people stand in it more than once; wanted one row each")
    if unplanned:
        raise InputError(
            f"{assignments}: {unplanned} people have no row in plan.parquet, {user!r} the first; "
            "the two files are not of one planning: plan the edition again"
        )


def _load_ledger(engine: Engine, ledger: Ledger, edition: Edition) -> None:
    engine.load(
        "deliveries",
        _DELIVERIES,
        ((row.delivery_id, row.state, _naive(row.changed_at)) for row in ledger.deliveries(edition)),
    )
    engine.load("events", _EVENTS, _events(ledger, edition))


def _events(ledger: Ledger, edition: Edition) -> Iterator[Sequence[object]]:
    return ((row.delivery_id, row.type, _naive(row.at), row.machine) for row in ledger.events(edition))


def _read_interactions(engine: Engine, paths: Sequence[Path], now: datetime) -> None:
    try:
        engine.run(_SQL("report/interactions", readers=_by_reader(paths)))
        engine.run(_SQL("report/completions", now=now))
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"interactions: {', '.join(map(str, paths))} cannot be read: {reason}; "
            "wanted the columns user_id, item_id, event and at"
        ) from error


def _by_reader(paths: Sequence[Path]) -> Mapping[str, Sequence[str]]:
    """The files that the paths and globs match, by the way to read them."""
    files = sorted({file for path in paths for file in _matches(path)})
    if not files:
        raise InputError(
            f"interactions: no file matches {', '.join(map(str, paths)) or 'anything'}; "
            "without the app's completions every rate would be zero"
        )
    readers: dict[str, list[str]] = {}
    for file in files:
        readers.setdefault(_reader(file), []).append(str(file))
    return readers


def _matches(path: Path) -> Iterator[Path]:
    return iter([path]) if path.is_file() else Path(path.anchor).glob(str(path.relative_to(path.anchor)))


def _reader(file: Path) -> str:
    ending = file.with_suffix("").suffix if file.suffix == ".gz" else file.suffix
    if ending not in _READERS:
        raise InputError(f"interactions: {file} ends in {ending!r}; wanted one of {', '.join(_READERS)}")
    return _READERS[ending]


def _counts(engine: Engine) -> Mapping[str, Mapping[str, int]]:
    names = measures()
    return {
        str(variant): dict(zip(names, (int(str(count)) for count in counts), strict=True))
        for variant, *counts in engine.rows(_SQL("report/counts", measures=names))
    }


def _naive(moment: datetime) -> datetime:
    """UTC as the engine keeps it, without its zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _utc(moment: object) -> datetime | None:
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None
