"""One run an edition on each host, and no plan that changes while it is sent."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from campaigns.dispatch.lock import edition_lock, plan_lock
from campaigns.ground.edition import Edition
from campaigns.ground.errors import EditionBusyError

EDITION = Edition("weekly_winddown", 2026, 47)

_HOLD = """
import sys
from pathlib import Path
from campaigns.dispatch.lock import edition_lock, plan_lock
from campaigns.ground.edition import Edition

with {}:
    print("held", flush=True)
    sys.stdin.read()
"""


def test_an_edition_is_held_by_one_and_the_other_is_told(tmp_path: Path) -> None:
    with (
        edition_lock(EDITION, tmp_path, "here"),
        pytest.raises(EditionBusyError, match=r"weekly_winddown/2026-W47: another run is at work on it"),
        edition_lock(EDITION, tmp_path, "here"),
    ):
        pass
    with edition_lock(EDITION, tmp_path, "here"):
        pass


def test_other_editions_and_campaigns_are_free(tmp_path: Path) -> None:
    with (
        edition_lock(EDITION, tmp_path, "here"),
        edition_lock(Edition("weekly_winddown", 2026, 48), tmp_path, "here"),
        edition_lock(Edition("other", 2026, 47), tmp_path, "here"),
    ):
        pass


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), edition_lock(EDITION, tmp_path, "here"):
        raise ZeroDivisionError
    with edition_lock(EDITION, tmp_path, "here"):
        pass


@contextmanager
def held_elsewhere(editions: Path, lock: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, that holds a lock."""
    program = _HOLD.format(lock.format('Edition("weekly_winddown", 2026, 47), Path(sys.argv[1])'))
    arguments = [sys.executable, "-c", program, str(editions)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_another_process_holds_it_until_it_dies(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path, 'edition_lock({}, "here")') as process:
        with pytest.raises(EditionBusyError), edition_lock(EDITION, tmp_path, "here"):
            pass
        process.kill()
        process.wait()
        with edition_lock(EDITION, tmp_path, "here"):
            pass


def test_another_host_may_send_the_same_edition_from_the_same_folder(tmp_path: Path) -> None:
    with edition_lock(EDITION, tmp_path, "here"), edition_lock(EDITION, tmp_path, "there"):
        pass


def test_a_plan_that_another_process_changes_can_neither_be_changed_nor_sent_from(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path, "plan_lock({}, alone=True)") as process:
        with (
            pytest.raises(EditionBusyError, match="another host is planning or sending it"),
            plan_lock(EDITION, tmp_path, alone=True),
        ):
            pass
        with (
            pytest.raises(EditionBusyError, match="another host is planning it"),
            plan_lock(EDITION, tmp_path, alone=False),
        ):
            pass
        process.kill()
        process.wait()
        with plan_lock(EDITION, tmp_path, alone=True):
            pass


def test_a_plan_that_another_process_sends_from_can_be_sent_from_and_not_be_changed(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path, "plan_lock({}, alone=False)"):
        with plan_lock(EDITION, tmp_path, alone=False):
            pass
        with pytest.raises(EditionBusyError), plan_lock(EDITION, tmp_path, alone=True):
            pass


def test_a_file_system_without_locks_is_told_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("campaigns.dispatch.lock.flock", none_left)
    with (
        pytest.raises(OSError, match=r"No locks available: .*2026-W47\.lock"),
        plan_lock(EDITION, tmp_path, alone=True),
    ):
        pass
