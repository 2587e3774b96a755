"""Problems, counted: how many messages have each, and the first that has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.check.accepting import Gravity
from campaigns.check.finding import Finding, in_order
from campaigns.check.kinds import Kind, Problem


@dataclass(slots=True)
class _Count:
    kind: Kind
    example: str
    detail: str
    messages: int = 0


class Tally:
    """Counts messages by the kinds of their problems."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}

    def add(self, user_id: str, problems: Iterable[Problem]) -> None:
        """Count one message; a problem that it has many times counts once."""
        seen = set()
        for kind, detail in problems:
            code = kind.code
            if code in seen:
                continue
            seen.add(code)
            count = self._counts.get(code)
            if count is None:
                count = self._counts[code] = _Count(kind, user_id, detail)
            count.messages += 1

    def findings(self, gravity: Gravity) -> tuple[Finding, ...]:
        """One a kind, in order; each as grave as the campaign takes it."""
        graded = ((gravity(count.kind), count) for count in self._counts.values())
        found = [
            Finding(count.kind.code, severity, count.kind.meaning, count.messages, count.example, count.detail)
            for severity, count in graded
            if severity is not None
        ]
        return in_order(found)
