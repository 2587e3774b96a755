"""An edition planned by two executors of Spark, each a process of its own, is the one that DuckDB plans."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from command_line import CAMPAIGN, FRIDAY, Winddown, finished
from on_spark import QUICK_JAVA

CLUSTER = "local-cluster[2,1,1024]"
"""Two executors of one core and 1 GB each."""


@pytest.fixture
def on_a_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Settings for a cluster; the folder of its event log."""
    log, work = tmp_path / "log", tmp_path / "work"
    log.mkdir()
    work.mkdir()
    options = {
        "spark.eventLog.enabled": True,
        "spark.eventLog.dir": f"file://{log}",
        "spark.eventLog.compress": False,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.network.timeout": "1h",  # a machine may be busy, and no test measures time
        "spark.driver.extraJavaOptions": QUICK_JAVA,
        "spark.executor.extraJavaOptions": QUICK_JAVA,
        "spark.sql.shuffle.partitions": 4,
        "spark.sql.adaptive.coalescePartitions.enabled": False,
    }
    monkeypatch.setenv("WINDDOWN_ENGINE__NAME", "spark")
    monkeypatch.setenv("WINDDOWN_ENGINE__MASTER", CLUSTER)
    monkeypatch.setenv("WINDDOWN_ENGINE__WORKING_FOLDER", f"file://{work}")
    monkeypatch.setenv("WINDDOWN_ENGINE__SPARK", json.dumps(options))
    return log


def test_two_executors_plan_the_same_bytes_and_leave_nothing_behind(
    winddown: Winddown, on_a_cluster: Path, tmp_path: Path
) -> None:
    wanted = _files(winddown.edition)
    winddown.edition.joinpath("manifest.json").unlink()
    planned = finished(winddown.start("plan", CAMPAIGN, now=FRIDAY), patience_s=900)
    assert planned.code == 0, planned.stderr
    assert _files(winddown.edition) == wanted
    assert not list((tmp_path / "work").iterdir())
    assert min(_tasks(on_a_cluster)[executor] for executor in "01") > 0
    assert winddown("check", CAMPAIGN).code == 0


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _tasks(log: Path) -> Counter[str]:
    """How many tasks each executor did, by the event log."""
    files = [path for path in log.rglob("*") if path.is_file() and "appstatus" not in path.name]
    events = (json.loads(line) for path in files for line in path.read_text().splitlines())
    return Counter(
        event["Task Info"]["Executor ID"] for event in events if event["Event"] == "SparkListenerTaskEnd"
    )
