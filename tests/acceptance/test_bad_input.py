"""Bad input and bad luck: an exit code, one readable paragraph, and nothing lost."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from command_line import CAMPAIGN, SUNDAY, Ran, Winddown

from campaigns.ground.message import Message
from campaigns.senders.outbox import OutboxSender
from campaigns.store.opening import open_ledger

FOLDER = f"templates/{CAMPAIGN}"
BATCH = "data/recommendations"


def refused(ran: Ran, code: int, *words: str) -> None:
    """An error as the command line promises it."""
    assert ran.code == code, (ran.stderr, ran.out)
    assert ran.said.startswith("winddown: ")
    assert ran.stderr.endswith((".\n", "?\n"))
    assert "\n\n" not in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "fault of Winddown" not in ran.said
    assert [word for word in words if word not in ran.said] == []


def files(winddown: Winddown) -> dict[str, str]:
    """Every file of the workspace with its hash, but for locks, runs, what was checked, and the ledger's."""
    return {
        str(path.relative_to(winddown.root)): sha256(path.read_bytes()).hexdigest()
        for path in winddown.root.rglob("*")
        if path.is_file()
        and path.suffix != ".lock"
        and path.parent.name != "runs"
        and path.name not in {"checked.json", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}
    }


@contextmanager
def nothing_lost(winddown: Winddown) -> Iterator[None]:
    """What happens inside changes no file and no delivery; afterwards the edition can be sent."""
    there, rows = files(winddown), winddown.deliveries()
    yield
    assert files(winddown) == there
    assert winddown.deliveries() == rows


def rewrite(winddown: Winddown, table: str, select: str) -> None:
    path = winddown.root / "data" / f"{table}.parquet"
    duckdb.sql(f"COPY (SELECT {select} FROM '{path}') TO '{path}.new' (FORMAT parquet)")
    Path(f"{path}.new").replace(path)


def test_a_workspace_that_is_not_there(winddown: Winddown, tmp_path: Path) -> None:
    ran = winddown.bare("--workspace", str(tmp_path / "none"), "status", CAMPAIGN)
    refused(ran, 2, "none/winddown.toml", "no such file", "--workspace", "winddown sample")


@pytest.mark.parametrize("table", ["users", "items", "interactions", "collections"])
def test_a_table_that_is_not_there(unplanned: Winddown, table: str) -> None:
    (unplanned.root / "data" / f"{table}.parquet").unlink()
    with nothing_lost(unplanned):
        refused(
            unplanned("plan", CAMPAIGN), 2, f"{table}: no file matches", f"data/{table}.parquet", "winddown.toml"
        )


def test_a_column_by_a_wrong_name(unplanned: Winddown) -> None:
    rewrite(unplanned, "users", "* RENAME (email AS e_mail)")
    with nothing_lost(unplanned):
        refused(unplanned("plan", CAMPAIGN), 2, "users", "'email'", "data/users.parquet", "'e_mail'")


def test_a_person_that_stands_twice(unplanned: Winddown) -> None:
    path = unplanned.root / "data" / "users.parquet"
    duckdb.sql(f"COPY (FROM '{path}' UNION ALL FROM '{path}') TO '{path}.new' (FORMAT parquet)")
    Path(f"{path}.new").replace(path)
    with nothing_lost(unplanned):
        refused(unplanned("plan", CAMPAIGN), 2, "users", "120 key(s) (user_id)", "u0000001")


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("winddown.toml", "[engine]", "[engine", ["winddown.toml", "not valid TOML", "line"]),
        (f"{FOLDER}/campaign.toml", "[schedule]", "[schedule", ["campaign.toml", "not valid TOML", "line"]),
        ("winddown.toml", "max_attempts", "maximum_attempts", ["sender.maximum_attempts", "not a setting"]),
        (
            f"{FOLDER}/campaign.toml",
            "active_within_days",
            "active_in_days",
            ["audience.active_within_days", "missing"],
        ),
        (f"{FOLDER}/campaign.toml", '"saturday"', '"caturday"', ["schedule.weekday", "caturday", "saturday"]),
        (f"{FOLDER}/campaign.toml", '"not_heard"', '"not_herd"', ["unknown rule", "'not_herd'", "'not_heard'?"]),
        ("winddown.toml", '"outbox"   ', '"pigeon"   ', ["sender.provider", "pigeon", "smtp"]),
        ("winddown.toml", "sqlite:///", "sqlight:///", ["ledger", "sqlite:///ledger.db", "winddown.toml"]),
    ],
)
def test_settings_that_cannot_be(unplanned: Winddown, name: str, old: str, new: str, words: list[str]) -> None:
    unplanned.edit(name, old, new)
    refused(unplanned("plan", CAMPAIGN), 2, *words)
    assert not unplanned.edition.exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("subject.txt", "{% else %}", "{{ raeder.first_name }}", ["subject.txt, line 1", "'raeder'", "'reader'?"]),
        ("strings/de.toml", "{{ picks[0].title }}", "{{ pick.title }}", ["line 1", "'pick'", "'picks'?"]),
        ("body.mjml", "</mj-body>", "</mj-boddy>", ["body.mjml", "mj-body"]),
        ("subject.txt", "{% endif %}", "", ["subject.txt", "line 1"]),
    ],
)
def test_templates_that_cannot_be_filled(
    unplanned: Winddown, name: str, old: str, new: str, words: list[str]
) -> None:
    unplanned.edit(f"{FOLDER}/{name}", old, new)
    with nothing_lost(unplanned):
        refused(unplanned("plan", CAMPAIGN), 2, *words)
    assert not unplanned.edition.exists()


def test_a_column_that_the_users_do_not_have(unplanned: Winddown) -> None:
    """What a person has beside a name is known once the data are: the check finds it, and nothing is sent."""
    unplanned.edit(f"{FOLDER}/subject.txt", "{% else %}", "{{ reader.firstname }}{% else %}")
    assert unplanned("plan", CAMPAIGN).code == 0
    checked = unplanned("check", CAMPAIGN, "--json")
    (finding,) = checked.json["findings"]
    assert (checked.code, finding["code"]) == (3, "not_rendered")
    words = ["subject.txt, line 1", "{{ reader.firstname }}", "did you mean 'first_name'?"]
    assert [word for word in words if word not in finding["meaning"]] == []
    refused(unplanned("run", CAMPAIGN, now=SUNDAY), 3, *words, "nothing was sent")
    assert unplanned.emails() == {}


def test_too_many_recommendations_that_cannot_be_read(unplanned: Winddown) -> None:
    with next((unplanned.root / BATCH).glob("*.out")).open("a") as file:
        file.write('{"input":{"userId":"u1"},"output":{"recomm\n' * 5)
    batch = next((unplanned.root / BATCH).glob("*.out"))
    os.utime(batch, (1_795_200_000, 1_795_200_000))  # 2026-11-20
    with nothing_lost(unplanned):
        refused(unplanned("plan", CAMPAIGN), 3, "unreadable: 5", "max_bad_share", "2.0%")
    unplanned.edit(f"{FOLDER}/campaign.toml", "max_bad_share = 0.02", "max_bad_share = 0.2")
    planned = unplanned("plan", CAMPAIGN, "--json")
    assert (planned.code, planned.json["counts"]["recommendations"]["unreadable"]) == (0, 5)


def test_recommendations_that_are_too_old(unplanned: Winddown) -> None:
    with nothing_lost(unplanned):
        refused(
            unplanned("plan", CAMPAIGN, now="2026-11-26T20:00"), 3, "days ago", "max_age_days", "infer a new batch"
        )
    assert not unplanned.edition.exists()


def test_recommendations_that_are_not_there(unplanned: Winddown) -> None:
    shutil.rmtree(unplanned.root / BATCH)
    with nothing_lost(unplanned):
        refused(unplanned("plan", CAMPAIGN), 2, "recommendations", ".out", "data/recommendations")


@pytest.mark.parametrize("command", ["check", "render", "send", "status", "report"])
def test_an_edition_that_is_not_planned(unplanned: Winddown, command: str) -> None:
    more = ["--user", "u0000001"] if command == "render" else []
    with nothing_lost(unplanned):
        refused(unplanned(command, CAMPAIGN, *more), 2, "2026-W47 is not planned", "run `winddown plan` first")


@pytest.mark.parametrize("command", ["plan", "check", "send", "status", "run"])
def test_a_campaign_that_nobody_knows(winddown: Winddown, command: str) -> None:
    refused(winddown(command, "weekly_windup", now=SUNDAY), 2, "weekly_windup", "weekly_winddown")
    assert not (winddown.root / "editions" / "weekly_windup").exists()


def test_people_who_get_no_email(winddown: Winddown) -> None:
    refused(winddown("render", CAMPAIGN, "--user", "nobody"), 2, "'nobody' is not known")
    excluded = duckdb.sql(f"SELECT user_id, reason FROM '{winddown.edition}/excluded.parquet'").fetchall()
    user_id, reason = excluded[0]
    refused(winddown("render", CAMPAIGN, "--user", user_id), 2, user_id, f"excluded as `{reason}`")


@pytest.mark.parametrize("key", ["", "short"])
def test_no_key_to_sign_links_with(winddown: Winddown, key: str) -> None:
    winddown.patch.setenv("WINDDOWN_SECRET_KEY", key)
    with nothing_lost(winddown):
        for command in ("check", "send", "run"):
            ran = winddown(command, CAMPAIGN, now=SUNDAY)
            refused(ran, 2, "WINDDOWN_SECRET_KEY", "at least 16", "environment")
            assert key == "" or key not in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", CAMPAIGN, "--date", "2026-13-01"], ["--date", "2026-13-01"]),
        (["plan"], ["campaign"]),
        (["dance"], ["dance"]),
        (["plan", CAMPAIGN, "--colour"], ["--colour"]),
        (["render", CAMPAIGN], ["--user"]),
        (["sample", "x", "--users", "3"], ["--users", "50"]),
    ],
)
def test_wrong_usage(winddown: Winddown, arguments: list[str], words: list[str]) -> None:
    ran = winddown(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.stderr
    assert [word for word in words if word not in ran.said] == []


def test_a_time_that_is_none(winddown: Winddown) -> None:
    refused(winddown("status", CAMPAIGN, now="teatime"), 2, "--now", "'teatime'", "2026-11-21T18:00")


@pytest.mark.parametrize(
    ("missing", "command", "extra"),
    [("numpy", "sample", "sample"), ("pyarrow", "sample", "sample"), ("scipy", "report", "report")],
)
def test_an_extra_that_is_not_installed(winddown: Winddown, missing: str, command: str, extra: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from campaigns.cli import main; main()"
    arguments = [str(winddown.root / "new")] if command == "sample" else [CAMPAIGN]
    ran = winddown.run(command, *arguments, wrapper=program)
    refused(ran, 2, missing, f"pip install --editable '.[{extra}]'")
    assert not (winddown.root / "new").exists()


def test_debug_shows_where_an_error_came_from(winddown: Winddown) -> None:
    ran = winddown.run("--debug", "status", "weekly_windup")
    assert ran.code == 1
    assert "Traceback" in ran.stderr
    assert "ConfigurationError" in ran.stderr


def test_an_event_that_cannot_be_read(winddown: Winddown, tmp_path: Path) -> None:
    lines = tmp_path / "events.jsonl"
    lines.write_text('{"provider_event_id":"e1","delivery_id":"d","type":"opend","at":"2026-11-22T07:00:00Z"}\n')
    with nothing_lost(winddown):
        refused(winddown("ingest", str(lines)), 2, "events.jsonl", "opend")
        refused(winddown("ingest", str(tmp_path / "none.jsonl")), 2, "none.jsonl", "no such file")


# after the plan


def test_inputs_that_changed_after_a_message_went_out(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now="2026-11-21T18:00").code == 0
    assert winddown("plan", CAMPAIGN).code == 0
    rewrite(winddown, "items", "* REPLACE (upper(title) AS title)")
    with nothing_lost(winddown):
        ran = winddown("plan", CAMPAIGN)
        refused(ran, 3, "has begun to be sent", "items data changed", "two emails")
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.tally()["accepted"] == winddown.tally()["planned"]


def test_templates_that_changed_after_the_plan(winddown: Winddown) -> None:
    user = next(iter(winddown.deliveries().values())).user_id
    shown = winddown("render", CAMPAIGN, "--user", user).stdout
    winddown.edit(f"{FOLDER}/strings/en.toml", "has asked enough of you", "has asked a lot of you")
    with nothing_lost(winddown):
        for command in (["send"], ["check"], ["run"], ["render", "--user", user]):
            ran = winddown(command[0], CAMPAIGN, *command[1:], now=SUNDAY)
            refused(ran, 3, "templates changed after the edition was planned", "winddown plan")
    winddown.edit(f"{FOLDER}/strings/en.toml", "has asked a lot of you", "has asked enough of you")
    assert winddown("render", CAMPAIGN, "--user", user).stdout == shown
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0


@pytest.mark.parametrize("name", ["plan.parquet", "items.parquet"])
def test_a_plan_that_is_not_the_one_enrolled(winddown: Winddown, name: str) -> None:
    """Rows in another order would have the ledger's rows name other people."""
    path = winddown.edition / name
    duckdb.sql(f"COPY (FROM '{path}' ORDER BY random()) TO '{path}.new' (FORMAT parquet)")
    Path(f"{path}.new").replace(path)
    with nothing_lost(winddown):
        refused(winddown("send", CAMPAIGN, now=SUNDAY), 3, "not the one that the ledger enrolled")
    assert winddown("plan", CAMPAIGN).code == 0
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0


def test_a_manifest_that_is_damaged(winddown: Winddown) -> None:
    manifest = winddown.edition / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:100])
    with nothing_lost(winddown):
        refused(winddown("send", CAMPAIGN, now=SUNDAY), 1, "manifest.json", "plan the edition again")
    assert winddown("plan", CAMPAIGN).code == 0
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0


def test_a_suppression_list_that_is_gone(winddown: Winddown) -> None:
    (winddown.root / "data" / "suppressions.csv").unlink()
    with nothing_lost(winddown):
        refused(winddown("send", CAMPAIGN, now=SUNDAY), 2, "suppressions: no file matches")


# the ledger


@contextmanager
def locked(ledger: Path) -> Iterator[None]:
    """As another process that writes and does not end."""
    with closing(sqlite3.connect(ledger, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that waits a moment for its lock, where ten seconds are usual."""
    monkeypatch.setattr("campaigns.wiring.workspace.open_ledger", partial(open_ledger, lock_timeout_s=0.1))


@pytest.mark.usefixtures("impatient")
def test_a_ledger_that_another_process_has_locked(winddown: Winddown) -> None:
    with nothing_lost(winddown), locked(winddown.ledger):
        refused(winddown("send", CAMPAIGN, now=SUNDAY), 1, "ledger.sqlite", "locked by another process")
        assert winddown("status", CAMPAIGN).code == 0
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.tally()["accepted"] == winddown.tally()["planned"]


@pytest.mark.usefixtures("impatient")
def test_a_ledger_that_is_locked_when_a_batch_has_just_left(
    winddown: Winddown, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, locks = OutboxSender.send, []

    def send_and_lock(sender: OutboxSender, batch: list[Message]) -> object:
        receipts = send(sender, batch)
        locks.append(locked(winddown.ledger))
        locks[-1].__enter__()
        return receipts

    with monkeypatch.context() as patched:
        patched.setattr(OutboxSender, "send", send_and_lock)
        refused(winddown("send", CAMPAIGN, now=SUNDAY), 1, "locked by another process")
    locks[0].__exit__(None, None, None)
    left = winddown.emails()
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.emails() == left
    assert winddown.in_state("uncertain") == left.keys() == winddown.deliveries().keys()


def test_a_ledger_that_is_no_database(winddown: Winddown) -> None:
    good = winddown.ledger.read_bytes()
    winddown.ledger.write_bytes(b"not a database " * 1_000)
    for command in ("plan", "send", "status", "run"):
        refused(winddown(command, CAMPAIGN, now=SUNDAY), 1, "ledger.sqlite", "not an SQLite database")
    assert winddown.emails() == {}
    winddown.ledger.write_bytes(good)
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0


def test_a_ledger_that_is_gone(winddown: Winddown) -> None:
    """Planning anew would send everybody a second email, so that nothing advises it without a warning."""
    winddown("send", CAMPAIGN, now=SUNDAY)
    for path in winddown.root.glob("ledger.sqlite*"):
        path.unlink()
    there = files(winddown)
    for command in ("send", "status", "run"):
        refused(winddown(command, CAMPAIGN, now=SUNDAY), 1, "the ledger does not know the plan", "put it back")
    assert files(winddown) == there


# the disk


def test_an_outbox_whose_disk_is_full(winddown: Winddown, monkeypatch: pytest.MonkeyPatch) -> None:
    link, room = os.link, 30

    def link_while_there_is_room(source: Path, target: Path) -> None:
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        room -= 1
        link(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", link_while_there_is_room)
        for _ in range(2):
            ran = winddown("send", CAMPAIGN, now=SUNDAY)
            refused(ran, 1, "outbox", "No space left on device", "still waiting")
            assert winddown.tally()["accepted"] == 30
    tally = winddown.tally()
    assert {winddown.deliveries()[key].attempts for key in winddown.in_state("waiting")} == {0}
    assert (tally["accepted"], tally["waiting"]) == (30, tally["planned"] - 30)
    assert winddown("send", CAMPAIGN, now="2026-11-22T08:00").code == 0
    assert winddown.tally()["accepted"] == tally["planned"] == len(winddown.emails())
    assert list(winddown.outbox.glob(".*")) == []


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """A small file system of its own, where the system lets us."""
    folder.mkdir(parents=True, exist_ok=True)
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or not mount or not umount:
        pytest.skip("only root can mount a file system")
    done = subprocess.run([mount, "-t", "tmpfs", *options, "none", str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run([umount, str(folder)], check=True)


def test_an_outbox_on_a_file_system_that_is_really_full(winddown: Winddown) -> None:
    with mounted(winddown.outbox, "-o", "size=1m"):
        refused(winddown("send", CAMPAIGN, now=SUNDAY), 1, "No space left on device")
        few = winddown.emails()
        assert 0 < len(few) == winddown.tally()["accepted"] < winddown.tally()["planned"]
        assert all(content.endswith(b"--\r\n") for content in few.values())
        refused(winddown("send", CAMPAIGN, now="2026-11-22T07:00"), 1, "No space left on device")
        assert winddown.emails() == few
        assert winddown.in_state("waiting") == winddown.deliveries().keys() - few.keys()


def test_an_outbox_that_cannot_be_written(winddown: Winddown) -> None:
    rows = winddown.deliveries()
    with mounted(winddown.outbox, "-o", "ro"):
        refused(winddown("send", CAMPAIGN, now=SUNDAY), 2, "outbox", "Read-only file system", "write")
    assert winddown.deliveries() == rows


def test_a_folder_of_editions_that_cannot_be_written(unplanned: Winddown) -> None:
    with mounted(unplanned.root / "editions", "-o", "ro"):
        refused(unplanned("plan", CAMPAIGN), 1, "editions", "Read-only file system")


def test_a_file_where_a_folder_should_be(winddown: Winddown) -> None:
    (winddown.root / "outbox").write_text("I am in the way")
    with nothing_lost(winddown):
        refused(winddown("send", CAMPAIGN, now=SUNDAY), 2, "outbox", "Not a directory")
