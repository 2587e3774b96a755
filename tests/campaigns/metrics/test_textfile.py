"""The file for node_exporter: of each command on each campaign the last run, and when it was last done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from campaigns.metrics.textfile import write_textfile
from campaigns.runs.record import Outcome, Process, RunRecord

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def run(hours: int, command: str, outcome: Outcome, edition: str = "weekly/2026-W47", **counts: int) -> RunRecord:
    began = NOON + timedelta(hours=hours)
    over = outcome not in {Outcome.RUNNING, Outcome.DIED}
    return RunRecord(
        run=f"{hours}",
        command=command,
        arguments=(),
        process=Process("mailer-1", 7, "1"),
        began_at=began,
        versions={},
        edition=edition,
        counts=counts,
        outcome=outcome,
        ended_at=began + timedelta(minutes=5) if over else None,
        seconds=300.0 if over else None,
    )


def written(path: Path, *records: RunRecord) -> Mapping[tuple[str, ...], float]:
    newest_first = sorted(records, key=lambda record: record.began_at, reverse=True)
    write_textfile(path, newest_first)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(path.read_text("utf-8"))
        for sample in family.samples
    }


def at(hours: int) -> float:
    return (NOON + timedelta(hours=hours, minutes=5)).timestamp()


def test_the_last_run_shows_and_when_it_was_last_done(tmp_path: Path) -> None:
    found = written(
        tmp_path / "winddown.prom",
        run(0, "run", Outcome.DONE, accepted=10),
        run(1, "run", Outcome.DONE, accepted=20),
        run(2, "run", Outcome.FAILED),
        run(3, "run", Outcome.RUNNING),
        run(1, "run", Outcome.DONE, "letter/2026-W47", accepted=3),
        run(0, "recs run", Outcome.DONE, ""),
    )
    assert found["winddown_run_failed", "weekly", "run"] == 1
    assert found["winddown_run_failed", "letter", "run"] == 0
    assert found["winddown_run_ended_timestamp_seconds", "weekly", "run"] == at(2)
    assert found["winddown_run_done_timestamp_seconds", "weekly", "run"] == at(1)
    assert found["winddown_run_done_timestamp_seconds", "", "recs run"] == at(0)
    assert found["winddown_run_duration_seconds", "weekly", "run"] == 300
    assert found["winddown_run_count", "letter", "run", "accepted"] == 3
    assert ("winddown_run_count", "weekly", "run", "accepted") not in found


def test_one_that_died_has_failed(tmp_path: Path) -> None:
    found = written(tmp_path / "winddown.prom", run(0, "send", Outcome.DONE), run(1, "send", Outcome.DIED))
    assert found["winddown_run_failed", "weekly", "send"] == 1
    assert found["winddown_run_done_timestamp_seconds", "weekly", "send"] == at(0)


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    written(tmp_path / "winddown.prom", run(0, "send", Outcome.DONE))
    assert [path.name for path in tmp_path.iterdir()] == ["winddown.prom"]
