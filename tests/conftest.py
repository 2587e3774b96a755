"""What all tests share: steady examples, and sample workspaces that are made once and copied.

Hypothesis draws the same examples in every run, so that a red build is red again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from chromium import PROGRAM, browser
from command_line import CAMPAIGN, Winddown, copied, free_of_settings
from filelock import FileLock
from hypothesis import HealthCheck, settings
from on_spark import OpenSpark, spark_context
from playwright.sync_api import Browser
from providers.postgres import PostgresServer, find_binaries
from providers.slack_server import Slack, listening

from campaigns.demo.sample import write_sample
from campaigns.ports.progress import Silent

settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample workspace of 120 people, not planned; to be copied, not changed."""
    return _made_once(tmp_path_factory, "sample", lambda folder: _write(folder, users=120))


@pytest.fixture(scope="session")
def planned_sample(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Path:
    """The same, its edition 2026-W47 planned; to be copied, not changed."""
    return _made_once(tmp_path_factory, "planned", lambda folder: _plan(sample, folder))


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A planned workspace of 1,500 people, so that a send lasts long enough to be killed; to be copied."""
    people = _made_once(tmp_path_factory, "people", lambda folder: _write(folder, users=1_500))
    return _made_once(tmp_path_factory, "crowd", lambda folder: _plan(people, folder))


@pytest.fixture(scope="session")
def open_spark() -> Iterator[OpenSpark]:
    """Opens Spark engines with so many partitions, in the one context of this test process."""
    with spark_context() as opens:
        yield opens


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, one for each of the test processes; `postgres.new_database()` gives an address."""
    if find_binaries() is None:
        pytest.skip("PostgreSQL's binaries are not installed; `apt-get install postgresql` brings them")
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, one for each of the test processes."""
    if PROGRAM is None:
        pytest.skip("Chromium is not installed; `apt-get install chromium` brings it")
    with browser() as chromium:
        yield chromium


@pytest.fixture
def slack() -> Iterator[Slack]:
    """A Slack webhook that keeps what it is told."""
    with listening() as server:
        yield server


@pytest.fixture
def unplanned(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    """A workspace of 120 people, not planned."""
    free_of_settings(monkeypatch)
    return Winddown(copied(sample, tmp_path / "workspace"), monkeypatch)


@pytest.fixture
def winddown(planned_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    """A workspace of 120 people whose edition 2026-W47 is planned."""
    free_of_settings(monkeypatch)
    return Winddown(copied(planned_sample, tmp_path / "workspace"), monkeypatch)


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first process to need it makes for all of them, never moved: pictures have addresses."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    base = factory.getbasetemp().parent if worker else factory.getbasetemp()
    folder, made = base / f"made-{name}", base / f"{name}.made"
    with FileLock(base / f"{name}.lock"):
        if not made.exists():
            make(folder)
            made.touch()
    return folder


def _write(folder: Path, users: int) -> None:
    write_sample(folder, users=users, weeks=3, seed=7, until=date(2026, 11, 20), progress=Silent())


def _plan(source: Path, folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        free_of_settings(patch)
        ran = Winddown(copied(source, folder), patch)("plan", CAMPAIGN)
    assert ran.code == 0, ran.stderr
