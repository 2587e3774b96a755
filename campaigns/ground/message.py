"""A message: one person's finished email, before a sender turns it into its provider's terms."""

from __future__ import annotations

from dataclasses import dataclass, field

DELIVERY_TAG = "delivery_id"
"""Under this name a provider carries a message's delivery id, and brings it back with every event."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name shown beside it (RFC 5322 `mailbox`)."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient gets.

    Attributes:
        delivery_id: the plan row it was rendered from.
        headers: further headers in order, names and ASCII values as they stand on the wire, unfolded:
            Message-ID, List-Unsubscribe, List-Unsubscribe-Post, List-Id, Feedback-ID.
        html_pieces: what `html` was joined from: the template's own text, which is the same for everybody,
            finished cards, and the reader's values, in turn. Empty where nobody kept them.
    """

    delivery_id: str
    sender: Mailbox
    reply_to: Mailbox | None
    recipient: Mailbox
    subject: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    html_pieces: tuple[str, ...] = field(default=(), compare=False, repr=False)
