"""Metrics of commands that have ended, for the textfile collector of Prometheus' node_exporter.

They are made from the runs' records, so that one file tells of all commands, whichever ended last.
Needs the extra `winddown[metrics]`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from campaigns.runs.record import Outcome, RunRecord

_LABELS = ("command", "campaign")


def write_textfile(path: Path, records: Iterable[RunRecord]) -> None:
    """Write the last run of each command on each campaign, and when it was last done; the file is always whole.

    Args:
        path: ends in `.prom`, in the folder that node_exporter reads.
        records: the newest first.

    Raises:
        OSError: it cannot be written.
    """
    registry = CollectorRegistry()
    ended = Gauge("winddown_run_ended_timestamp_seconds", "When it last ended", _LABELS, registry=registry)
    done = Gauge("winddown_run_done_timestamp_seconds", "When it last ended well", _LABELS, registry=registry)
    failed = Gauge("winddown_run_failed", "Whether the last run failed or died", _LABELS, registry=registry)
    seconds = Gauge("winddown_run_duration_seconds", "How long the last run took", _LABELS, registry=registry)
    counts = Gauge("winddown_run_count", "What came of the last run", (*_LABELS, "what"), registry=registry)
    seen: set[tuple[str, str]] = set()
    well: set[tuple[str, str]] = set()
    for record in records:
        labels = record.command, record.edition.partition("/")[0]
        if record.outcome is Outcome.RUNNING:
            continue
        if labels not in seen:
            seen.add(labels)
            failed.labels(*labels).set(record.outcome in {Outcome.FAILED, Outcome.DIED})
            seconds.labels(*labels).set(record.seconds or 0)
            ended.labels(*labels).set((record.ended_at or record.began_at).timestamp())
            for what, count in record.counts.items():
                counts.labels(*labels, what).set(count)
        if labels not in well and record.outcome is Outcome.DONE and record.ended_at:
            well.add(labels)
            done.labels(*labels).set(record.ended_at.timestamp())
    write_to_textfile(str(path), registry)
