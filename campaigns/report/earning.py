"""What earned it: completions of what the emails showed, by slot, kind and item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaigns.report.script import Script

ATTRIBUTES = {"slot": "slot", "kind": "kind", "item": "words"}
"""By what completions are told apart, and the column that says it."""


@dataclass(frozen=True, slots=True)
class Earned:
    """Completions, by attribute and then by `(variant, value)`."""

    counts: Mapping[str, Counter[tuple[str, str]]]

    @classmethod
    def nothing(cls, attributes: Iterable[str]) -> Earned:
        """Before any edition."""
        return cls({attribute: Counter() for attribute in attributes})

    def __add__(self, other: Earned) -> Earned:
        return Earned({attribute: count + other.counts[attribute] for attribute, count in self.counts.items()})


def what_earned(script: Script) -> Earned:
    """Of the edition that was counted last."""
    return Earned({attribute: _count(script, column) for attribute, column in ATTRIBUTES.items()})


def _count(script: Script, column: str) -> Counter[tuple[str, str]]:
    rows = script.rows("attributed", what=column)
    return Counter({(str(variant), str(value)): int(str(n)) for variant, value, n in rows})
