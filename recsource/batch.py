"""A batch of recommendations as Amazon Personalize's batch inference writes it, and what is wrong with it.

JSON Lines, one user a line, in objects named `<input>.out`; see "Batch inference output" in the Amazon
Personalize developer guide. A line may carry an `error` and no items; such lines are counted, never a crash.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path

from recsource.engine import PlanningEngine, Queries
from recsource.errors import BatchRefusedError, InputError
from recsource.inputs import matching

_SQL = Queries("recsource")
LONGEST_LINE = 1_000_000
"""Bytes. A line holds at most 500 items, whose ids have at most 256 characters each; scores take the rest."""


class Nobody(IntEnum):
    """Why a line offers nothing: what stands for a person's number in the screening pass."""

    unreadable = -1
    errors = -2
    unknown_users = -3
    empty = -4
    ineligible = -5


@dataclass(frozen=True, slots=True)
class Batch:
    """The files of one batch, the oldest first, and when that was written (UTC)."""

    files: tuple[Path, ...]
    written_at: datetime

    def reader(self, engine: PlanningEngine) -> str:
        """What stands after FROM; a line that is no JSON of the right shape reads as nulls."""
        return engine.batch_reader(self.files, LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """What a batch holds, in lines, and pairs for `unknown_items`.

    Attributes:
        lines: all of them.
        unreadable: no JSON, not of the format, or cut off.
        errors: those with the recommender's own error.
        unknown_users: nobody in `users`.
        duplicated: a person's second line and further ones; their lists are merged, best rank first.
        empty: no error and no items either.
        ineligible: people whom the audience leaves out; their items are not looked at.
        offered: eligible people's lists.
        unknown_items: pairs that name an item which the catalogue does not have.
        pairs: eligible people's pairs, unknown items included.
    """

    lines: int
    unreadable: int
    errors: int
    unknown_users: int
    duplicated: int
    empty: int
    ineligible: int
    offered: int
    unknown_items: int
    pairs: int

    @property
    def bad_lines(self) -> int:
        """Lines that should not be there."""
        return self.unreadable + self.errors + self.unknown_users + self.duplicated + self.empty

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


def find_batch(pattern: str, root: Path) -> Batch:
    """The batch that lies under a folder, file or glob.

    In a folder where `winddown recs pull` keeps batches it is the one that the link `current` shows. A link is
    followed once, now: another batch that becomes current later is not this one.

    Raises:
        InputError: there is no `.out` file.
    """
    path = root / pattern
    link = next((one for one in (path, path / "current") if one.is_symlink()), None)
    if link:
        path = link.parent / link.readlink()
    found = [path] if path.is_file() else sorted(path.glob("**/*.out"))
    if not found:
        found = [file for file in matching(pattern, root) if file.name.endswith(".out")]
    if not found:
        raise InputError(
            f"recommendations: no file ending in .out under {pattern!r} in {root}; "
            "put the batch there or correct `recommendations` under [data] in winddown.toml"
        )
    found.sort(key=lambda file: (file.stat().st_mtime, file))
    return Batch(tuple(found), datetime.fromtimestamp(found[0].stat().st_mtime, UTC))


def require_fresh(batch: Batch, max_age: timedelta, now: datetime) -> None:
    """Refuse a batch that is too old to be sent from.

    Raises:
        BatchRefusedError: it is older than `max_age` at `now`.
    """
    age = now - batch.written_at
    if age > max_age:
        raise BatchRefusedError(
            f"recommendations: {batch.files[0].name} was written {batch.written_at:%Y-%m-%d %H:%M} UTC, "
            f"{_days(age)} days ago; the campaign's `max_age_days` allows {_days(max_age)}; infer a new batch"
        )


def _days(span: timedelta) -> str:
    return f"{span / timedelta(days=1):.1f}".removesuffix(".0")


def require_sound(counts: BatchCounts, max_bad_share: float) -> None:
    """Refuse a batch with too much wrong in it.

    Raises:
        BatchRefusedError: more than that share of its lines, or of its pairs, are bad.
    """
    unknown = "they name items that the catalogue does not have"
    for bad, total, unit, what in (
        (counts.bad_lines, counts.lines, "lines", _kinds(counts)),
        (counts.unknown_items, counts.pairs, "recommended items", unknown),
    ):
        if bad > max_bad_share * total:
            raise BatchRefusedError(
                f"recommendations: {bad} of {total} {unit} are bad ({what}); the campaign's `max_bad_share` "
                f"allows {max_bad_share:.1%}; look at the batch inference job and the catalogue's export"
            )


def require_coverage(counts: BatchCounts, eligible: int, min_coverage: float) -> None:
    """Refuse a batch that leaves too many people out: a cut one, or an empty one, would pass unnoticed.

    Raises:
        BatchRefusedError: fewer than that share of the eligible people have recommendations.
    """
    if counts.offered < min_coverage * eligible:
        raise BatchRefusedError(
            f"recommendations: {counts.offered} of {eligible} eligible people have any; the campaign's "
            f"`min_coverage` wants {min_coverage:.0%}; look whether the batch inference job has finished, and "
            "whether all of its files are here"
        )


def _kinds(counts: BatchCounts) -> str:
    bad = ("unreadable", "errors", "unknown_users", "duplicated", "empty")
    return ", ".join(f"{name.replace('_', ' ')}: {getattr(counts, name)}" for name in bad)


def count_lines(engine: PlanningEngine) -> BatchCounts:
    """Count what the screening pass found (`picks/screen`)."""
    rows = {
        int(str(who)): [int(str(n)) for n in counts] for who, *counts in engine.rows(_SQL("picks/line_counts"))
    }
    people, offered, pairs, unknown = rows.pop(1, [0, 0, 0, 0])
    nothing = {kind.name: rows.get(kind, [0, 0])[1] for kind in Nobody}
    return BatchCounts(
        lines=offered + sum(nothing.values()),
        **nothing,
        duplicated=offered - people,
        offered=people,
        unknown_items=unknown,
        pairs=pairs,
    )
