"""Times on their way into the engine, which keeps UTC without a zone, and back."""

from __future__ import annotations

from datetime import UTC, datetime


def naive(moment: datetime) -> datetime:
    """UTC as the engine keeps it, without its zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def utc(moment: object) -> datetime | None:
    """The engine's time with its zone; None for no time."""
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None
