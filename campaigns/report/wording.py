"""Numbers as people read them, the same in the page, the picture, the table and the verdict."""

from __future__ import annotations

from datetime import UTC, datetime

from campaigns.analysis.estimates import Estimate
from campaigns.report.metrics import Unit

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


def limits(low: float, high: float, digits: int = 1) -> str:
    """`-1.0 and 3.7`, in percentage points."""
    return f"{_signed(f'{100 * low:.{digits}f}')} and {_signed(f'{100 * high:.{digits}f}')}"


def amount(value: float) -> str:
    """`1.73`, with as many digits as tell something: three in all, at least."""
    return _signed(f"{value:,.{_digits(value)}f}")


def change(value: float) -> str:
    """An amount's difference with its sign: `+0.12`."""
    return _signed(f"{value:+,.{_digits(value)}f}")


def value(number: float, unit: Unit) -> str:
    """A metric's value: `31.2%` or `1.73`; rare events get the digits they need."""
    return percent(number, _places(number)) if unit is Unit.SHARE else amount(number)


def difference(found: Estimate, unit: Unit) -> str:
    """A metric's difference, as exact as its interval is: `+2.3 points` or `+0.12`."""
    if unit is Unit.SHARE:
        return f"{points(found.value, _places(_furthest(found)))}{_TIE}points"
    return _signed(f"{found.value:+,.{_digits(_furthest(found))}f}")


def span(estimate: Estimate, unit: Unit) -> str:
    """A difference's interval: `0.9 to 3.7`, in percentage points for shares."""
    if unit is Unit.SHARE:
        return interval(estimate, _places(_furthest(estimate)))
    low, high = (_signed(f"{end:+,.{_digits(_furthest(estimate))}f}") for end in (estimate.low, estimate.high))
    return f"{low} to {high}"


def weeks(number: int) -> str:
    """`one week`, `8 weeks`."""
    return "one week" if number == 1 else f"{number} weeks"


def _furthest(estimate: Estimate) -> float:
    return max(abs(estimate.low), abs(estimate.high))


def _digits(number: float) -> int:
    """Digits after the point, so that three in all tell something."""
    return next((digits for limit, digits in ((100, 0), (10, 1), (0.1, 2)) if abs(number) >= limit), 3)


def _places(number: float) -> int:
    """Digits of a percentage after the point."""
    return 2 if abs(number) < 0.01 else 1  # noqa: PLR2004 - under one percentage point


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
