"""Extras: what an installation can do without, imported only where a setting or a command asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from campaigns.ground.errors import ConfigurationError


@contextmanager
def needed_for(what: str, extra: str) -> Iterator[None]:
    """Import inside of it what an extra brings.

    Args:
        what: the setting or command that asks for it.
        extra: its name in pyproject.toml.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise ConfigurationError(f"{what}: what it needs is not installed: install winddown[{extra}]") from error
