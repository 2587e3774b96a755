"""Who an email comes from, as the law and mailbox providers want to see it."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.ground.message import Mailbox


@dataclass(frozen=True, slots=True)
class Identity:
    """The sender's identity, one per workspace.

    Attributes:
        domain: the right-hand side of Message-IDs and of the List-Id.
        postal_address: shown in the footer, as CAN-SPAM (15 U.S.C. 7704(a)(5)) demands.
        feedback_id: the stable sender id that ends the Feedback-ID header (Gmail's feedback loop).
    """

    mailbox: Mailbox
    reply_to: Mailbox | None
    domain: str
    postal_address: str
    feedback_id: str
