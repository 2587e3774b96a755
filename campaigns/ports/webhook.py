"""The webhook: what a provider posts to us, proved to be from it, and translated into events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.ground.event import Event


@dataclass(frozen=True, slots=True)
class Reading:
    """What a provider's post said.

    Attributes:
        events: in the post's order.
        ignored: how many entries were of a kind that is no event of ours.
    """

    events: Sequence[Event] = ()
    ignored: int = 0


class Webhook(Protocol):
    """One provider's way of posting."""

    name: str
    """The path's last part: `/webhooks/<name>`."""

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Reading:
        """Verify and translate one post.

        Args:
            headers: by lower-case name.
            body: as it came over the wire; a signature covers its very bytes.
            now: to refuse what is stale.

        Raises:
            UnsignedError: it is not signed as it should be, or stale; nothing of it may be believed.
            MessageError: it is signed, and yet cannot be read; names what was found.
            DeliveryError: what is needed to verify it cannot be had at present; the provider should try again.
        """
        ...
