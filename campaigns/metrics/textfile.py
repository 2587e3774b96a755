"""Metrics of commands that have ended, for the textfile collector of Prometheus' node_exporter.

They are made from the runs' records, so that one file tells of all commands, whichever ended last.
Needs the extra `winddown[metrics]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from campaigns.runs.record import Outcome, RunRecord

_LABELS = ("command", "campaign")
Latest = Mapping[tuple[str, str], RunRecord]
"""By command and campaign, as `_LABELS` has them."""


def write_textfile(path: Path, records: Iterable[RunRecord]) -> None:
    """Write the last run of each command on each campaign, and when it was last done; the file is always whole.

    Args:
        path: ends in `.prom`, in the folder that node_exporter reads.
        records: the newest first.

    Raises:
        OSError: it cannot be written.
    """
    registry = CollectorRegistry()
    over = [record for record in records if record.outcome is not Outcome.RUNNING]
    _tell_last(registry, _latest(over))
    _tell_done(registry, _latest(record for record in over if record.outcome is Outcome.DONE))
    write_to_textfile(str(path), registry)


def _latest(records: Iterable[RunRecord]) -> Latest:
    latest: dict[tuple[str, str], RunRecord] = {}
    for record in records:
        latest.setdefault((record.command, record.edition.partition("/")[0]), record)
    return latest


def _tell_last(registry: CollectorRegistry, latest: Latest) -> None:
    ended = Gauge("winddown_run_ended_timestamp_seconds", "When it last ended", _LABELS, registry=registry)
    failed = Gauge("winddown_run_failed", "Whether the last run failed or died", _LABELS, registry=registry)
    seconds = Gauge("winddown_run_duration_seconds", "How long the last run took", _LABELS, registry=registry)
    counts = Gauge("winddown_run_count", "What came of the last run", (*_LABELS, "what"), registry=registry)
    for labels, record in latest.items():
        ended.labels(*labels).set((record.ended_at or record.began_at).timestamp())
        failed.labels(*labels).set(record.outcome in {Outcome.FAILED, Outcome.DIED})
        seconds.labels(*labels).set(record.seconds or 0)
        for what, count in record.counts.items():
            counts.labels(*labels, what).set(count)


def _tell_done(registry: CollectorRegistry, latest: Latest) -> None:
    done = Gauge("winddown_run_done_timestamp_seconds", "When it last ended well", _LABELS, registry=registry)
    for labels, record in latest.items():
        done.labels(*labels).set((record.ended_at or record.began_at).timestamp())
