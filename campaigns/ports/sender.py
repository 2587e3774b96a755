"""The sender: hands messages to a provider and says, for each, what is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self

from campaigns.ground.message import Message
from campaigns.ground.receipt import Receipt


class Sender(Protocol):
    """A provider, opened for one run.

    Used as a context manager: entering connects and checks that the provider is fit to send
    (ConfigurationError or DeliveryError otherwise, before anything is claimed), leaving lets go.
    """

    name: str
    batch_size: int
    """How many messages one call takes at most; also how many a crash can leave uncertain."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Hand over a batch.

        Args:
            batch: 1 to `batch_size` messages, to different addresses.

        Returns:
            One receipt a message, in the batch's order. Nothing is retried inside: what surely did not
            leave is `deferred`, what may have left is `uncertain`.

        Raises:
            DeliveryError: the provider can take nothing more at present, and nothing of this batch has left.
        """
        ...


Assemble = Callable[[Message], bytes]
"""Turns a message into the bytes of RFC 5322, for senders that carry bytes."""
