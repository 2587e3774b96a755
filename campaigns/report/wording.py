"""Numbers as people read them, the same in the page, the picture, the table and the verdict."""

from __future__ import annotations

from datetime import UTC, datetime

from campaigns.analysis.estimates import Estimate

MINUS = "\N{MINUS SIGN}"
_TIE = "\N{NO-BREAK SPACE}"


def count(number: float) -> str:
    """`12,345`."""
    return f"{number:,.0f}"


def percent(rate: float, digits: int = 1) -> str:
    """`31.2%`."""
    return f"{_signed(f'{100 * rate:.{digits}f}')}%"


def points(difference: float, digits: int = 1) -> str:
    """Percentage points with their sign: `+2.3`."""
    return _signed(f"{100 * difference:+.{digits}f}")


def interval(estimate: Estimate, digits: int = 1) -> str:
    """`0.9 to 3.7`, in percentage points."""
    low, high = (_signed(f"{100 * end:.{digits}f}") for end in (estimate.low, estimate.high))
    return f"{low} to {high}"


def probability(p_value: float) -> str:
    """`p = 0.012`, or `p < 0.001`, kept on one line."""
    text = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"  # noqa: PLR2004 - three digits are shown
    return text.replace(" ", _TIE)


def moment(when: datetime) -> str:
    """`21 November 2026, 18:00 UTC`."""
    utc = when.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def spoken(name: str) -> str:
    """A variant's, reason's or method's name as a reader sees it: underscores become spaces."""
    return name.replace("_", " ")


def _signed(text: str) -> str:
    """With a true minus sign, and none before a zero."""
    zero = not any(digit in text for digit in "123456789")
    return text.lstrip("+-") if zero else text.replace("-", MINUS)
