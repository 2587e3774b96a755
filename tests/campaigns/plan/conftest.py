"""Desks: with files laid out, and one that has planned already and is only looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write()
    return desk


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("planned"))
    desk.write()
    desk.plan()
    return desk
