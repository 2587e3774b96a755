"""The fake Personalize, with a dataset in its bucket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from personalize_house import House, house_of_personalize


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A fake Personalize, and a bucket in which a run's dataset lies."""
    with house_of_personalize(monkeypatch) as made:
        yield made
