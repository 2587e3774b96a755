"""Old runs cleared away: first said what would go, then done; never what is in use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recsource.dataset.layout import CURRENT, Layout
from recsource.errors import InputError
from recsource.pipeline.evaluating import held_out_of
from recsource.pipeline.parts import Holder, Parts
from recsource.pipeline.record import RunRecord, read_records
from recsource.ports import Storage


@dataclass(frozen=True, slots=True)
class Removal:
    """An old run.

    Attributes:
        run: its id.
        holdings: what its source keeps of it elsewhere, in the order in which it is deleted.
        keys: its files.
    """

    run: str
    holdings: Sequence[str]
    keys: Sequence[str]


def find_old(parts: Parts, keep: int) -> list[Removal]:
    """The runs of the parts' source that can go.

    There stay the newest `keep` runs, the one whose batch is current, the one that was trained last, and
    whatever run trained the models of any of these.

    Raises:
        InputError: `keep` is less than 1.
    """
    if keep < 1:
        raise InputError(f"--keep is {keep}; wanted 1 or more")
    records = [record for record in read_records(parts.storage) if record.source == parts.recommender.name]
    staying = _staying(records, keep, _current_run(parts.storage))
    return [_removal(parts, record.run) for record in reversed(records) if record.run not in staying]


def remove(parts: Parts, removal: Removal) -> None:
    """Delete an old run; its record goes last, so that a removal which was interrupted is found again.

    Raises:
        RecsourceError: something is in use, or the storage refuses.
    """
    if isinstance(parts.recommender, Holder):
        for run in _parts_of(removal.run):
            parts.recommender.clear(run)
    record = Layout(removal.run).record
    parts.storage.delete(key for key in removal.keys if key != record)
    parts.storage.delete([record])


def _staying(records: Sequence[RunRecord], keep: int, current: str | None) -> set[str]:
    trained = [record.run for record in records if record.done("train")][:1]
    wanted = {*(record.run for record in records[:keep]), *trained, *([current] if current else [])}
    return wanted | {run for record in records if record.run in wanted for run in _relies_on(record)}


def _relies_on(record: RunRecord) -> Iterator[str]:
    inferred = record.done("infer")
    if inferred:
        yield str(inferred.result["trained_in"])


def _removal(parts: Parts, run: str) -> Removal:
    held = parts.recommender if isinstance(parts.recommender, Holder) else None
    holdings = [one for part in _parts_of(run) for one in (held.holdings(part) if held else ())]
    return Removal(
        run, holdings, [key for part in _parts_of(run) for key in parts.storage.keys(Layout(part).root)]
    )


def _parts_of(run: str) -> tuple[str, str]:
    """A run, and the one that judges its way of training."""
    return run, held_out_of(run)


def _current_run(storage: Storage) -> str | None:
    text = storage.read(CURRENT)
    return None if text is None else str(json.loads(text)["run"])
