"""A receipt: what a sender knows about one message after trying to hand it over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The four things that can be known.

    `deferred` means that the message surely did not leave and may be tried again; `uncertain`
    that nobody can tell, and it must not be.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"

    @property
    def may_have_left(self) -> bool:
        """Whether the message left, or nobody can tell."""
        return self in {Outcome.ACCEPTED, Outcome.UNCERTAIN}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One message's outcome.

    Attributes:
        provider_id: the provider's own name for the message, when it gave one.
        status: the provider's code, such as an SMTP reply code.
        detail: a line for the operator, without personal data.
        throttled: the provider asks to go slower; a deferral of this kind is nobody's fault but the pace's.
        tried: false where the sender stopped before this message's turn came; it then counts as no attempt.
    """

    delivery_id: str
    outcome: Outcome
    provider_id: str | None = None
    status: int | None = None
    detail: str = ""
    tried: bool = True
    throttled: bool = False
