"""The crontab and the systemd units of `docs/schedule`: their very command lines are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from command_line import CAMPAIGN, KEY

from campaigns.demo.sample import write_sample
from campaigns.ports.progress import Silent

SCHEDULE = Path(__file__).parents[2] / "docs" / "schedule"
WINDDOWN = Path(sys.executable).with_name("winddown")
_LINE = re.compile(r"(?P<when>(?:[0-9*,/-]+\s+){5})(?P<command>\S.*)")
_ONESHOT = ("recs", "doctor", "run", "report")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world that ends today, with yesterday's edition planned: Monday's report is of last week's."""
    folder = tmp_path_factory.mktemp("schedule") / "workspace"
    today = datetime.now(UTC).date()
    write_sample(folder, users=200, weeks=6, seed=7, until=today, progress=Silent())
    planned = _run(f"{WINDDOWN} plan {CAMPAIGN} --date {today - timedelta(days=1)}", folder)
    assert planned.returncode == 0, planned.stderr
    return folder


def _cron_commands() -> list[str]:
    lines = (SCHEDULE / "crontab").read_text("utf-8").splitlines()
    return [found["command"] for line in lines if (found := _LINE.fullmatch(line))]


def _run(command: str, workspace: Path) -> subprocess.CompletedProcess[str]:
    """As cron and systemd do: with hardly any environment, in the workspace's folder."""
    placed = command.replace("/opt/winddown/.venv/bin/winddown", str(WINDDOWN))
    placed = placed.replace("/srv/winddown", str(workspace))
    environment = {"PATH": "/usr/bin:/bin", "WINDDOWN_SECRET_KEY": KEY, "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        ["/bin/sh", "-c", placed], cwd=workspace, env=environment, capture_output=True, text=True, check=False
    )


def _unit(name: str) -> ConfigParser:
    """Systemd's files have keys that stand twice, and capitals."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the documentation of it says
    parser.read(SCHEDULE / name, encoding="utf-8")
    return parser


def test_every_line_of_the_crontab_does_its_work(workspace: Path) -> None:
    commands = _cron_commands()
    assert len(commands) == len(_ONESHOT)
    for command in commands:
        ran = _run(command.replace(r"\%", "%"), workspace)
        assert ran.returncode == 0, (command, ran.stderr)
        assert not ran.stderr, command


def test_every_unit_does_its_work(workspace: Path) -> None:
    for name in _ONESHOT:
        command = _unit(f"winddown-{name}.service")["Service"]["ExecStart"].replace("%%", "%")
        ran = _run(command, workspace)
        assert ran.returncode == 0, (command, ran.stderr)


def test_cron_and_systemd_do_the_same() -> None:
    cron = {re.sub(r"\W+", " ", line.partition("&& ")[2].replace("\\%", "%")).strip() for line in _cron_commands()}
    units = {
        re.sub(r"\W+", " ", _command(name).replace("%%", "%").replace("/bin/sh -c 'exec ", "")).strip()
        for name in _ONESHOT
    }
    assert cron == units


def _command(name: str) -> str:
    return _unit(f"winddown-{name}.service")["Service"]["ExecStart"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("name", _ONESHOT)
def test_systemd_understands_when(name: str) -> None:
    when = _unit(f"winddown-{name}.timer")["Timer"]["OnCalendar"]
    understood = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, check=False)
    assert understood.returncode == 0, understood.stderr


def test_the_weekend_covers_everybodys_evening() -> None:
    """18:00 on Saturday is 04:00 UTC on that day at the earliest, 04:00 UTC on Sunday at the latest."""
    hours = list(_hours_of_saturday_evening(date(2026, 11, 21)))
    assert {moment.isoweekday() for moment in hours} <= {6, 7}
    assert _unit("winddown-run.timer")["Timer"]["OnCalendar"] == "Sat,Sun *:00"


def _hours_of_saturday_evening(saturday: date) -> Iterator[datetime]:
    for offset in range(-10, 15):
        yield datetime(saturday.year, saturday.month, saturday.day, 18, tzinfo=UTC) - timedelta(hours=offset)
