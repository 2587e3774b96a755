"""The arms' envelopes: where subject or preheader differ, other people open, and openers cannot be compared.

That may be what an experiment tests, and it then says so (`subject_is_treatment`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import NamedTuple

from campaigns.check.accepting import Gravity
from campaigns.check.finding import Finding
from campaigns.check.kinds import ARMS_DIFFER
from campaigns.ground.experiment import Experiment
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.ports.renderer import Renderer

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TEXT = re.compile(r">\s*([^<\s][^<]*)<")


class Envelope(NamedTuple):
    """What an inbox shows before a message is opened: its subject, and the page's first words."""

    subject: str
    preheader: str


class _Group(NamedTuple):
    """Readers whose envelopes a template may word alike: of one language, greeted by name or not."""

    language: str
    named: bool


@dataclass(slots=True)
class Arms:
    """Remembers a reader of each arm while the plan goes by, and in the end compares the arms' envelopes.

    Both arms' messages are rendered for one and the same reader, so that a name in the subject makes no
    difference, and a pick's title in it does.
    """

    experiment: Experiment
    _readers: dict[tuple[str, _Group], PlanRow] = field(default_factory=dict)
    _counts: Counter[tuple[str, _Group]] = field(default_factory=Counter)

    def see(self, row: PlanRow) -> None:
        """Take note of a row of the plan that can be rendered."""
        place = row.variant, _Group(row.contact.language, row.contact.first_name is not None)
        self._readers.setdefault(place, row)
        self._counts[place] += 1

    def findings(self, renderer: Renderer, gravity: Gravity) -> Iterator[Finding]:
        """One warning where an arm differs from the baseline, and the experiment does not say that it should."""
        severity = gravity(ARMS_DIFFER)
        if severity is None or self.experiment.subject_is_treatment:
            return
        differing = [(place, *pair) for place in self._readers if (pair := self._differ(place, renderer))]
        if differing:
            (variant, group), ours, theirs = differing[0]
            yield Finding(
                ARMS_DIFFER.code,
                severity,
                ARMS_DIFFER.meaning,
                sum(self._counts[place] for place, *_ in differing),
                self._readers[variant, group].user_id,
                f"{variant} has {_shown(ours, theirs)}, {self.experiment.baseline} {_shown(theirs, ours)}",
            )

    def _differ(self, place: tuple[str, _Group], renderer: Renderer) -> tuple[Envelope, Envelope] | None:
        (variant, group), reader = place, self._readers[place]
        other = self._readers.get((self.experiment.baseline, group))
        if variant == self.experiment.baseline or other is None:
            return None
        ours = envelope(renderer.render(reader))
        theirs = envelope(renderer.render(replace(reader, variant=other.variant, slots=other.slots)))
        return None if ours == theirs else (ours, theirs)


def envelope(message: Message) -> Envelope:
    """A message's, the preheader as inboxes find it: the first words of the body."""
    body = _COMMENT.sub("", message.html.partition("<body")[2])
    first = _TEXT.search(body)
    line = unescape(first[1]).strip().partition("\n")[0] if first else ""  # invisible padding may follow
    return Envelope(message.subject, line)


def _shown(one: Envelope, other: Envelope) -> str:
    parts = zip(Envelope._fields, one, other, strict=True)
    return " and ".join(f"the {name} “{ours}”" for name, ours, theirs in parts if ours != theirs)
