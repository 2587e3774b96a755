"""The links that an email carries about itself."""

from __future__ import annotations

from typing import Protocol


class Links(Protocol):
    """Makes a delivery's own signed links; the same delivery always gets the same ones."""

    def unsubscribe(self, delivery_id: str) -> str:
        """The HTTPS address that one-click unsubscribe posts to (RFC 8058) and the footer leads to."""
        ...

    def unsubscribe_mailto(self, delivery_id: str) -> str:
        """The `mailto:` alternative (RFC 2369)."""
        ...
