"""A run's record: which steps it has begun and done, with which settings, and what came of each.

One JSON beside the run's data. It is written when a step begins and when it is done, so that a run which was
killed goes on where it was, with the settings and as of the moment it began with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from recsource.dataset.layout import Layout
from recsource.errors import InputError, StorageError
from recsource.ports import Storage

FORMAT = 1
StepName = Literal["export", "train", "evaluate", "infer", "pull"]
STEPS: tuple[StepName, ...] = ("export", "train", "evaluate", "infer", "pull")
_RUN = re.compile(r"[a-z0-9-]{1,31}")  # and nine more for the run that judges it
_RECORD = re.compile(r"runs/([a-z0-9-]{1,31})/run\.json")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run.

    Attributes:
        settings: what it was told, as JSON holds it.
        begun_at: when it was begun first (UTC).
        done_at: when it was done; None where it is not.
        result: what came of it.
    """

    settings: Mapping[str, object]
    begun_at: datetime
    done_at: datetime | None = None
    result: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that is known of a run.

    Attributes:
        run: its id.
        source: who recommends in it.
        steps: those that were begun.
    """

    run: str
    source: str
    steps: Mapping[StepName, Step] = field(default_factory=dict)

    def done(self, name: StepName) -> Step | None:
        """A step, if it is done."""
        step = self.steps.get(name)
        return step if step and step.done_at else None

    def with_step(self, name: StepName, step: Step) -> RunRecord:
        """The record with a step put in."""
        return replace(self, steps={**self.steps, name: step})

    def before(self, name: StepName) -> RunRecord:
        """The record as it was before a step: without it, and without what came after it."""
        earlier = STEPS[: STEPS.index(name)]
        return replace(self, steps={one: step for one, step in self.steps.items() if one in earlier})

    @property
    def begun_at(self) -> datetime:
        """When its first step was begun."""
        return min(step.begun_at for step in self.steps.values())


def require_run(run: str) -> str:
    """The id itself.

    Raises:
        InputError: it cannot be a run's id.
    """
    if not _RUN.fullmatch(run):
        raise InputError(f"run {run!r}: wanted 1 to 31 small letters, digits or hyphens, such as 20261124")
    return run


def read_record(storage: Storage, run: str) -> RunRecord | None:
    """A run's record; None where there is no such run.

    Raises:
        InputError: the id cannot be one.
        StorageError: the record cannot be read.
    """
    key = Layout(require_run(run)).record
    text = storage.read(key)
    if text is None:
        return None
    try:
        return _from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(
            f"{storage.url}/{key} is no run's record ({type(error).__name__}: {error}); "
            "restore it, or remove the run's folder and name a new run"
        ) from error


def read_records(storage: Storage) -> list[RunRecord]:
    """Every run's record, the one that was begun last first."""
    found = (_RECORD.fullmatch(key) for key in storage.keys("runs/"))
    records = [read_record(storage, match[1]) for match in found if match]
    begun = [record for record in records if record and record.steps]
    return sorted(begun, key=lambda record: (record.begun_at, record.run), reverse=True)


def known_until(record: RunRecord, records: Sequence[RunRecord]) -> datetime | None:
    """The moment as of which the models behind a run's batches were trained; None where it has no batch.

    Args:
        record: the run's.
        records: those of all runs, for models may be of an earlier one.
    """
    inferred = record.done("infer")
    trained_in = [one for one in records if inferred and one.run == inferred.result["trained_in"]]
    return trained_in[0].steps["export"].begun_at if trained_in else None


def write_record(storage: Storage, record: RunRecord) -> None:
    """Write a record, sorted and indented; it replaces the old one at once."""
    text = json.dumps(_as_json(record), indent=2, sort_keys=True, ensure_ascii=False)
    storage.write(Layout(record.run).record, f"{text}\n")


def _as_json(record: RunRecord) -> dict[str, object]:
    steps = {
        name: {
            "settings": step.settings,
            "begun_at": step.begun_at.astimezone(UTC).isoformat(),
            "done_at": step.done_at.astimezone(UTC).isoformat() if step.done_at else None,
            "result": step.result,
        }
        for name, step in record.steps.items()
    }
    return {"format": FORMAT, "run": record.run, "source": record.source, "steps": steps}


def _from_json(found: Mapping[str, object]) -> RunRecord:
    if found["format"] != FORMAT:
        raise ValueError(f"format {found['format']} is not {FORMAT}")
    steps = found["steps"]
    return RunRecord(
        run=str(found["run"]),
        source=str(found["source"]),
        steps={name: _step(steps[name]) for name in STEPS if name in steps},  # type: ignore[operator,index]  # a KeyError or TypeError says it is none
    )


def _step(found: Mapping[str, object]) -> Step:
    done_at = found["done_at"]
    return Step(
        settings=dict(found["settings"]),  # type: ignore[call-overload]  # as above
        begun_at=datetime.fromisoformat(str(found["begun_at"])),
        done_at=None if done_at is None else datetime.fromisoformat(str(done_at)),
        result=dict(found["result"]),  # type: ignore[call-overload]  # as above
    )
