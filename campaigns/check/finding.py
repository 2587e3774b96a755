"""What the check tells: each kind of problem that messages have, how grave, how often, and whom to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a problem is: an error stops the edition, a warning is for people to weigh."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that some messages have.

    Attributes:
        code: what it is called, such as `low_contrast`; a kind of problem has one code, ever.
        meaning: what is wrong, in a sentence's words.
        messages: how many have it.
        example: the `user_id` of the first of them, for `winddown render --user`.
        detail: what it is in the example's message: a link, an element, a contrast ratio; may be empty.
    """

    code: str
    severity: Severity
    meaning: str
    messages: int
    example: str
    detail: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How many messages were looked at, and what was found: errors first, then by how many have it.

    Attributes:
        addresses_asked: links and pictures that were asked for over the network, each once.
    """

    messages: int
    findings: tuple[Finding, ...]
    largest_bytes: int
    largest_example: str
    addresses_asked: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What must be mended before the edition is sent."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def sound(self) -> bool:
        """Whether there is no error; warnings are no obstacle."""
        return not self.errors


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then what most messages have."""
    return tuple(sorted(findings, key=lambda one: (one.severity, -one.messages, one.code)))
