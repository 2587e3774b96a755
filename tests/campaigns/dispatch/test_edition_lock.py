"""One sender an edition."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from campaigns.dispatch.lock import edition_lock
from campaigns.ground.edition import Edition
from campaigns.ground.errors import EditionBusyError

EDITION = Edition("weekly_winddown", 2026, 47)

_HOLD = """
import sys
from pathlib import Path
from campaigns.dispatch.lock import edition_lock
from campaigns.ground.edition import Edition

with edition_lock(Edition("weekly_winddown", 2026, 47), Path(sys.argv[1]), "here"):
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


def test_another_process_holds_it_until_it_dies(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", _HOLD, str(tmp_path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(EditionBusyError), edition_lock(EDITION, tmp_path, "here"):
            pass
        process.kill()
        process.wait()
        with edition_lock(EDITION, tmp_path, "here"):
            pass


def test_another_host_may_send_the_same_edition_from_the_same_folder(tmp_path: Path) -> None:
    with edition_lock(EDITION, tmp_path, "here"), edition_lock(EDITION, tmp_path, "there"):
        pass
