"""What a server's replies mean for a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from campaigns.ground.receipt import Outcome, Receipt
from campaigns.senders.words import one_line

# Replies by their first digit: RFC 5321, 4.2.1
OK, GO_AHEAD, TRY_LATER, NEVER = 2, 3, 4, 5

_CLOSING = 421  # RFC 5321, 3.8
_LOG_IN_FIRST = frozenset({530, 534, 535, 538})  # RFC 4954, 6

_REFUSED: Mapping[int, Outcome] = MappingProxyType({TRY_LATER: Outcome.DEFERRED, NEVER: Outcome.REJECTED})
_FINAL: Mapping[int, Outcome] = MappingProxyType({**_REFUSED, OK: Outcome.ACCEPTED})

_QUEUE_ID = re.compile(
    r"""queued\ as\ (?P<postfix>[^\s;,)]+)
    | \bid=(?P<exim>[^\s;,)]+)
    | ^Ok\ (?P<ses>[0-9a-z][0-9a-z-]{15,})$""",
    re.IGNORECASE | re.VERBOSE,
)
"""How Postfix, Exim and Amazon SES name a message when they take it over."""

_TOO_FAST = re.compile(
    r"throttl|\brate\b.*\b(limit|exceeded)|\btoo (much|many) (e?-?mail|messages|recipients|connections|requests)"
    r"|\b4\.7\.28\b",
    re.IGNORECASE,
)
"""How servers say that they would take it slower: Amazon SES (454), Postfix's anvil (450), sendmail, Gmail."""

_QUOTA_SPENT = re.compile(r"daily message quota", re.IGNORECASE)  # Amazon SES, likewise with 454


class Reply(NamedTuple):
    """A reply as it came; code -1 is a line that is none."""

    code: int
    text: bytes

    @property
    def kind(self) -> int:
        """Its first digit."""
        return self.code // 100

    @property
    def refuses(self) -> bool:
        """Whether it turns something down, now or for good."""
        return self.kind in _REFUSED

    @property
    def closes(self) -> bool:
        """Whether the server hangs up after it."""
        return self.code == _CLOSING


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a message.

    Attributes:
        code: the server's reply, when there was one.
        text: its words, addresses blotted out.
        blames_sender: whether it refuses this sender altogether, not one message or recipient.
    """

    outcome: Outcome
    code: int | None
    text: str
    blames_sender: bool = False

    @property
    def throttled(self) -> bool:
        """Whether the server asks to go slower."""
        return self.outcome is Outcome.DEFERRED and bool(_TOO_FAST.search(self.text))

    @property
    def quota_spent(self) -> bool:
        """Whether the server takes nothing more within its day."""
        return self.outcome is Outcome.DEFERRED and bool(_QUOTA_SPENT.search(self.text))

    def receipt(self, delivery_id: str) -> Receipt:
        """As a receipt, with the server's own name for the message if it gave one."""
        named = _QUEUE_ID.search(self.text) if self.outcome is Outcome.ACCEPTED else None
        return Receipt(
            delivery_id,
            self.outcome,
            provider_id=named[named.lastgroup or 0] if named else None,
            status=self.code,
            detail=self.text,
            tried=not self.throttled,
            throttled=self.throttled,
        )


def refusal(reply: Reply, *, of_sender: bool = False) -> Answer:
    """What a reply means that ends the transaction before the message was sent.

    Args:
        reply: any but the one that was wanted.
        of_sender: whether it answers MAIL, which names nobody but the sender.
    """
    outcome = _REFUSED.get(reply.kind, Outcome.DEFERRED)
    blamed = reply.code in _LOG_IN_FIRST or (of_sender and outcome is Outcome.REJECTED)
    return Answer(outcome, reply.code, _line(reply.text), blamed)


def verdict(reply: Reply) -> Answer:
    """What the reply to the final dot means; one that makes no sense leaves it open."""
    return Answer(_FINAL.get(reply.kind, Outcome.UNCERTAIN), reply.code, _line(reply.text))


def _line(text: bytes) -> str:
    return one_line(text.decode("utf-8", "replace"))
