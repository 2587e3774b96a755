"""A week with everything on that an operator looks at: logs, runs, metrics. It tells what, and never who."""

from __future__ import annotations

import json
import re
import signal
import socket
import stat
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import duckdb
import pytest
from command_line import CAMPAIGN, EDITION, FRIDAY, SUNDAY, Ran, Winddown, copied, finished, free_of_settings
from prometheus_client.parser import text_string_to_metric_families
from served import served

WEEK = (
    ("doctor", FRIDAY, ()),
    ("plan", FRIDAY, (CAMPAIGN,)),
    ("check", FRIDAY, (CAMPAIGN,)),
    ("test-send", FRIDAY, (CAMPAIGN, "--to", "me@mail.example", "--user")),
    ("send", "2026-11-21T09:00", (CAMPAIGN, "--workers", "2")),
    ("run", SUNDAY, (CAMPAIGN,)),
    ("ingest", "2026-11-24T09:00", ("events.jsonl",)),
    ("report", "2026-11-30T09:00", (CAMPAIGN, "--date", "2026-11-20")),
)
_SLOW = """
import time
from campaigns.senders.outbox import OutboxSender

deliver = OutboxSender._deliver


def slowly(self, message):
    time.sleep(0.02)
    return deliver(self, message)


OutboxSender._deliver = slowly
from campaigns.cli import main

main()
"""


@pytest.fixture
def watched(unplanned: Winddown) -> Winddown:
    """A workspace of 120 people, with a log of everything as JSON, and a file for node_exporter."""
    unplanned.patch.setenv("WINDDOWN_LOGGING__FORMAT", "json")
    unplanned.patch.setenv("WINDDOWN_LOGGING__LEVEL", "debug")
    unplanned.patch.setenv("WINDDOWN_METRICS__TEXTFILE", "winddown.prom")
    return unplanned


@pytest.fixture
def slow(crowd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    """1,500 people, whose edition is planned."""
    free_of_settings(monkeypatch)
    return Winddown(copied(crowd, tmp_path / "crowded"), monkeypatch)


def week(winddown: Winddown) -> Iterator[tuple[str, Ran]]:
    """Each command as a process of its own, as cron starts it, on whoever is planned first."""
    for command, now, arguments in WEEK:
        if command == "ingest":
            write_events(winddown)
        whose = [min(row.user_id for row in winddown.deliveries().values())] if "--user" in arguments else []
        given = [str(winddown.root / one) if one.endswith(".jsonl") else one for one in arguments]
        yield command, winddown.run(command, *given, *whose, now=now)


def write_events(winddown: Winddown) -> None:
    rows = list(winddown.deliveries().values())[:5]
    events = [
        {
            "provider_event_id": f"e{number}",
            "delivery_id": row.delivery_id,
            "type": "opened",
            "at": f"{SUNDAY}:00Z",
        }
        for number, row in enumerate(rows)
    ]
    (winddown.root / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")


def runs(winddown: Winddown) -> list[dict[str, Any]]:
    """What `winddown runs` has to say, the newest first."""
    ran = winddown.run("runs", "--json")
    assert ran.code == 0, ran.stderr
    found: list[dict[str, Any]] = ran.json
    return found


def named_in(text: str, winddown: Winddown) -> set[str]:
    """The people of the world who are named in a text: by id, name or address."""
    words = set(re.findall(r"[\w.@+-]+", text))
    users = str(winddown.root / "data" / "users.parquet")
    found = duckdb.sql(f"SELECT user_id, first_name, email FROM '{users}'").fetchall()
    return {word for row in found for word in row if word} & words


def metrics(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_week_is_logged_recorded_and_measured_and_nobody_is_named(watched: Winddown) -> None:
    lines: list[dict[str, Any]] = []
    for command, ran in week(watched):
        assert ran.code == 0, (command, ran.stderr)
        of_command = [json.loads(line) for line in ran.stderr.splitlines()]
        assert {line["command"] for line in of_command} <= {command}
        assert all(line["time"] and line["level"] and line["message"] and line["run"] for line in of_command)
        lines += of_command
    said = {line["message"] for line in lines}
    assert {"planned", "checked", "claimed", "settled", "sent what is due", "ingested", "report ready"} <= said
    editions = {line.get("edition") for line in lines if line["command"] in {"plan", "check", "send", "report"}}
    assert editions == {str(EDITION)}
    assert len({line["worker"] for line in lines if line["message"] == "claimed"}) >= 2

    found = {record["command"]: record for record in runs(watched)}
    assert [record["command"] for record in reversed(runs(watched))] == [command for command, *_ in WEEK]
    assert {record["outcome"] for record in found.values()} == {"done"}
    assert {record["run"] for record in found.values()} == {line["run"] for line in lines} | {
        found[command]["run"] for command in ("doctor", "test-send")
    }
    planned = watched.tally()["planned"]
    manifest = json.loads((watched.edition / "manifest.json").read_text("utf-8"))
    assert found["plan"]["counts"] == {"considered": 120, "excluded": 120 - planned, "planned": planned}
    assert found["plan"]["inputs"]["plan"] == found["send"]["inputs"]["plan"] == manifest["plan"]["sha256"]
    assert found["plan"]["inputs"]["data/users.parquet"] == manifest["inputs"]["users"][0]["xxh3_128"]
    assert 0 < found["send"]["counts"]["accepted"] < planned == found["run"]["counts"]["accepted"]
    assert found["ingest"]["counts"]["events_new"] == 5
    assert found["report"]["edition"] == str(EDITION)

    measured = (watched.root / "winddown.prom").read_text("utf-8")
    told = metrics(measured)
    assert told["winddown_run_count", CAMPAIGN, "run", "accepted"] == planned
    assert told["winddown_run_failed", CAMPAIGN, "report"] == 0
    records = "".join(path.read_text("utf-8") for path in (watched.root / "runs").iterdir())
    shown = watched.run("runs").out
    somebody = min(row.user_id for row in watched.deliveries().values())
    assert named_in(f"to {somebody}, as a log must not", watched) == {somebody}
    assert named_in("\n".join(map(json.dumps, lines)) + records + measured + shown, watched) == set()


def test_a_failure_is_a_line_of_the_log_and_stands_in_its_record(watched: Winddown) -> None:
    people = watched.root / "data" / "users.parquet"
    duckdb.sql(f"COPY (FROM '{people}' UNION ALL (FROM '{people}' LIMIT 1)) TO '{people}.twice' (FORMAT parquet)")
    Path(f"{people}.twice").replace(people)
    ran = watched.run("plan", CAMPAIGN, now=FRIDAY)
    (line,) = (json.loads(line) for line in ran.stderr.splitlines())
    (record,) = runs(watched)
    assert ran.code == line["exit_code"] == record["exit_code"] == 2
    assert (line["level"], record["outcome"]) == ("error", "failed")
    assert line["message"] == record["sentence"]
    assert "1 key(s) (user_id) stand more than once, first […]; keep one row each" in line["message"]
    assert named_in(ran.stderr + json.dumps(record), watched) == set()


def test_a_command_that_is_killed_has_died_and_one_that_is_stopped_was_stopped(slow: Winddown) -> None:
    for number, outcome in ((signal.SIGKILL, "died"), (signal.SIGTERM, "stopped"), (signal.SIGINT, "interrupted")):
        before = len(slow.emails())
        process = slow.start("send", CAMPAIGN, wrapper=_SLOW)
        while process.poll() is None and len(slow.emails()) < before + 5:
            time.sleep(0.01)
        assert runs(slow)[0]["outcome"] == "running"
        process.send_signal(number)
        finished(process)
        record = runs(slow)[0]
        assert (record["command"], record["edition"], record["outcome"]) == ("send", str(EDITION), outcome)
    assert " died " in slow.run("runs").out


def test_prometheus_may_ask_while_it_is_sent_by_several_workers(slow: Winddown) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = slow.start("send", CAMPAIGN, "--workers", "2", "--metrics-port", str(port), wrapper=_SLOW)
    found: dict[tuple[str, ...], float] = {}
    while process.poll() is None and found.get(("winddown_messages_total", "accepted"), 0) < 100:
        time.sleep(0.05)
        found = metrics(asked(port)) or found
    process.send_signal(signal.SIGTERM)
    finished(process)
    planned = slow.tally()["planned"]
    assert found["winddown_messages_total", "accepted"] >= 100
    assert found["winddown_deliveries", str(EDITION), "planned"] == planned
    accepted = found["winddown_deliveries", str(EDITION), "accepted"]
    assert accepted + found["winddown_deliveries", str(EDITION), "waiting"] == planned
    assert accepted == found["winddown_messages_total", "accepted"]
    assert found["winddown_batch_seconds_count",] >= 1
    assert found["winddown_halted", str(EDITION)] == 0


def asked(port: int) -> str:
    """What is there for Prometheus; nothing before it listens, and after."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    except OSError:
        return ""
    finally:
        connection.close()


def test_a_port_that_is_taken_is_said_before_anything_is_sent(winddown: Winddown) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = winddown("send", CAMPAIGN, "--metrics-port", str(taken.getsockname()[1]), now=SUNDAY)
    assert (ran.code, winddown.emails()) == (2, {})
    assert "choose another with --metrics-port" in ran.said


def test_a_workspace_that_cannot_be_written_can_still_be_reported(winddown: Winddown) -> None:
    """As root, whom no permission stops: a file lies where the folder would be."""
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    for path in (winddown.root / "runs").iterdir():
        path.unlink()
    (winddown.root / "runs").rmdir()
    (winddown.root / "runs").touch(stat.S_IRUSR)
    ran = winddown("report", CAMPAIGN, now=SUNDAY)
    assert ran.code == 0
    assert "the run's record cannot be written" in ran.said
    assert ran.said.count("cannot be written") == 1


def test_what_only_looks_leaves_no_record(winddown: Winddown) -> None:
    before = len(runs(winddown))
    for arguments in (("status", CAMPAIGN), ("runs",), ("odd-picks", CAMPAIGN), ("resolve", CAMPAIGN)):
        assert winddown(*arguments).code == 0
    assert len(runs(winddown)) == before


def test_the_service_s_journal_is_of_the_log_s_form(watched: Winddown) -> None:
    assert watched.run("plan", CAMPAIGN, now=FRIDAY).code == 0
    with served(watched) as service:
        token = "0" * 32 + ".abc." + "A7" * 12
        assert service.ask("GET", f"/u/{token}").status == 404
        ran = service.stop(signal.SIGTERM)
    lines = [json.loads(line) for line in ran.out.splitlines()]
    (asked_for,) = (line for line in lines if line.get("route"))
    assert (asked_for["message"], asked_for["command"], asked_for["status"]) == ("answered", "serve", 404)
    assert asked_for["run"] == runs(watched)[0]["run"]
    assert token not in ran.out + ran.stderr
    assert runs(watched)[0]["outcome"] == "stopped"


def test_text_is_for_people(winddown: Winddown) -> None:
    winddown.patch.setenv("WINDDOWN_LOGGING__FORMAT", "text")
    winddown.patch.setenv("WINDDOWN_LOGGING__LEVEL", "info")
    ran = winddown("send", CAMPAIGN, now=SUNDAY)
    assert re.search(rf"\[info +\] sent what is due command=send edition={EDITION} ", ran.stderr)
    refused = winddown("send", "nothing", now=SUNDAY)
    assert refused.said.startswith("winddown: ")
