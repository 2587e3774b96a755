"""What earned it: completions of what the emails showed, by slot, kind and item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaigns.report.explored import EarnedBy, Share
from campaigns.report.script import Script

_SHOWN = 12
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


def shares_of(earned: Earned, emails: Mapping[str, int]) -> list[EarnedBy]:
    """A thousand emails' completions of what was shown, the most frequent first.

    Args:
        earned: the completions.
        emails: by variant: how many people were assigned it, an edition each.
    """
    return [
        EarnedBy(attribute, [_share(value, counts, emails) for value in _most_frequent(counts)])
        for attribute, counts in earned.counts.items()
    ]


def _most_frequent(counts: Counter[tuple[str, str]]) -> list[str]:
    totals: Counter[str] = Counter()
    for (_, value), n in counts.items():
        totals[value] += n
    return sorted(totals, key=lambda value: (-totals[value], value))[:_SHOWN]


def _share(value: str, counts: Counter[tuple[str, str]], emails: Mapping[str, int]) -> Share:
    completions = {variant: counts[variant, value] for variant in emails}
    rates = {name: 1000 * n / emails[name] if emails[name] else 0.0 for name, n in completions.items()}
    return Share(value, completions, rates)
