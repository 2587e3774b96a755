"""Freshness: a signature proves who wrote a post, and its time that it is not an old one sent again."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns.ground.errors import UnsignedError

CLOCK_SKEW = timedelta(minutes=5)
"""How far a provider's clock and ours may be apart, either way."""


def check_fresh(signed_at: datetime, now: datetime, max_age: timedelta) -> None:
    """Refuse what was signed too long ago, or in the future.

    Raises:
        UnsignedError: it was; says by how much.
    """
    age = now - signed_at
    if age > max_age + CLOCK_SKEW:
        raise UnsignedError(f"the post was signed {_span(age)} ago; wanted {_span(max_age)} at most")
    if age < -CLOCK_SKEW:
        raise UnsignedError(f"the post was signed {_span(-age)} from now; check this machine's clock")


def _span(time: timedelta) -> str:
    return f"{int(time.total_seconds()):,} s"
