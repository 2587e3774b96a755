"""The links that an email carries about itself."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Links(Protocol):
    """Makes a delivery's own signed links; the same delivery, planned for the same time, always gets the same."""

    def unsubscribe(self, delivery_id: str, at: datetime) -> str:
        """The HTTPS address that one-click unsubscribe posts to (RFC 8058) and the footer leads to.

        Args:
            delivery_id: whose.
            at: when the message was planned for; the link expires some time after.
        """
        ...

    def unsubscribe_mailto(self, https: str) -> str:
        """The `mailto:` alternative (RFC 2369) to what `unsubscribe` made."""
        ...


class OddPickLinks(Protocol):
    """Makes the links by which colleagues say that a pick is odd."""

    def odd_pick(self, delivery_id: str, at: datetime, item_id: str) -> str:
        """The address of the page that asks about one item of a delivery; it counts once its button is pressed."""
        ...


class TrackingLinks(Protocol):
    """Makes the links by which opens and clicks become known.

    A click's address is `click_to(…) + click_by(…)`: where it leads is the same for everybody, and made once;
    who followed it is made once a message.
    """

    def click_to(self, url: str, item_id: str | None) -> str:
        """The first part: leads to an `https` address, by way of us.

        Raises:
            MessageError: it is no `https` address that can be redirected to.
        """
        ...

    def click_by(self, delivery_id: str, at: datetime) -> str:
        """The second part: from which delivery."""
        ...

    def open(self, delivery_id: str, at: datetime) -> str:
        """The address of the picture that tells that a message was opened."""
        ...
