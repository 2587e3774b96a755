"""The sender: hands messages to a provider and says, for each, what is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

from campaigns.ground.message import Message
from campaigns.ground.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the provider lets us send, counted in recipients; None where it sets no limit.

    Attributes:
        per_second: the rate that it takes.
        remaining: how many more within its day.
    """

    per_second: float | None = None
    remaining: int | None = None


class Sender(Protocol):
    """A provider, opened for one run.

    Used as a context manager: entering connects and checks that the provider is fit to send
    (ConfigurationError or DeliveryError otherwise, before anything is claimed), leaving lets go.
    """

    name: str
    batch_size: int
    """How many messages one call takes at most; also how many a crash can leave uncertain."""

    in_one_call: bool
    """Whether a batch leaves in one call, all at once, or message by message."""

    calls_at_once: int
    """How many threads may hand batches over at the same time; so many batches a crash can leave uncertain."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def preflight(self, recipients: int) -> Sequence[str]:
        """Look, once and before the first send, whether the provider is ready for that many recipients.

        Called on an entered sender, by one process of all that send an edition.

        Returns:
            Warnings, a sentence each.

        Raises:
            ConfigurationError: something is missing there that every message needs.
        """
        ...

    @property
    def allowance(self) -> Allowance:
        """What the provider said on entering that it lets us send."""
        ...

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Hand over a batch.

        Args:
            batch: 1 to `batch_size` messages, to different addresses.

        Returns:
            One receipt a message, in the batch's order. Nothing is retried inside: what surely did not
            leave is `deferred`, what may have left is `uncertain`. What the provider throttled is `deferred`
            with `throttled` set and `tried` unset: it goes again, slower, without counting as an attempt.

        Raises:
            QuotaError: the day's allowance is used up, and nothing of this batch has left.
            DeliveryError: the provider can take nothing more at present, and nothing of this batch has left.
        """
        ...


@runtime_checkable
class KeepsTemplate(Protocol):
    """A sender whose provider stores a template that every message goes through."""

    def install_template(self) -> bool:
        """Make it, or put it right. Whether there was anything to do."""
        ...


Submission = Callable[[], Sequence[Receipt]]
"""A batch made ready: calling it hands it over, and returns and raises what `Sender.send` does. Called once."""


@runtime_checkable
class Prepares(Protocol):
    """A sender that can make a batch ready while another is under way: writing requests takes longest."""

    def prepare(self, batch: Sequence[Message]) -> Submission:
        """Do everything but hand over; also while another thread does. `send` is `prepare(batch)()`."""
        ...


@runtime_checkable
class SendsOneOffs(Protocol):
    """A sender that has another way for a single message, which needs nothing that is stored with the provider."""

    def send_one(self, message: Message) -> Receipt:
        """Hand over a message that is nobody's delivery, such as a test.

        Raises:
            QuotaError: as `Sender.send`.
            DeliveryError: as `Sender.send`.
        """
        ...


Assemble = Callable[[Message], bytes]
"""Turns a message into the bytes of RFC 5322, for senders that carry bytes."""
