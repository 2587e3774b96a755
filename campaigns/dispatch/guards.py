"""Guards: what stops a bad send early. Pure rules; the watch asks them, and the ledger remembers a halt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.ground.edition import Edition
from campaigns.ports.entries import Responses, Standing


@dataclass(frozen=True, slots=True)
class Canary:
    """A first wave, then a pause in which bounces and complaints come in.

    Attributes:
        size: how many messages it has.
        pause: how long to look at them.
    """

    size: int
    pause: timedelta


@dataclass(frozen=True, slots=True)
class Guards:
    """When to stop.

    Attributes:
        max_total: an edition with more people than that is not begun.
        max_rejected: the share of what was handed over that providers may reject.
        max_bounced: the share of what was accepted that may bounce for good.
        max_complained: likewise, complaints.
        max_unrendered: how many messages may fail to be rendered.
        heed_from: shares mean little among few; with fewer messages than this, they are taken of this many.
    """

    max_total: int | None = None
    max_rejected: float = 1.0
    max_bounced: float = 1.0
    max_complained: float = 1.0
    max_unrendered: int = 0
    heed_from: int = 100
    canary: Canary | None = None

    def ceiling(self, standing: Standing) -> int | None:
        """How many may be taken at all, while the canary flies; None afterwards."""
        return self.canary.size if self.canary and standing.canary_ended_at is None else None

    def paused_until(self, standing: Standing) -> datetime | None:
        """Until when the canary is being looked at; None before it is over, or without one."""
        ended = standing.canary_ended_at
        return ended + self.canary.pause if self.canary and ended else None

    def trip(self, edition: Edition, responses: Responses, first_unrendered: str = "") -> str | None:
        """The sentence of the guard that trips, or None.

        A share trips when more messages fared so than the share of those handed over, of `heed_from` at least.

        Args:
            edition: whose.
            responses: how its messages fared.
            first_unrendered: which message was the first that could not be rendered, and why.
        """
        refused = responses.rejected - responses.unrendered  # by providers, who never saw the others
        accepted = self._heeded(responses.accepted)
        handed_over = self._heeded(responses.accepted + refused)
        for name, count, allowed, example in (
            ("could not be rendered", responses.unrendered, self.max_unrendered, first_unrendered),
            ("were rejected", refused, _of(handed_over, self.max_rejected), ""),
            ("bounced", responses.bounced, _of(accepted, self.max_bounced), ""),
            ("brought a complaint", responses.complained, _of(accepted, self.max_complained), ""),
        ):
            if count > allowed:
                settled = responses.accepted + responses.rejected
                return (
                    f"{edition} halted: {count:,} of {settled:,} messages {name}, and {allowed:,} are allowed"
                    f"{f' (the first: {example})' if example else ''}; "
                    "look into it, then `winddown resume` or `winddown cancel`"
                )
        return None

    def _heeded(self, count: int) -> int:
        return max(count, self.heed_from)


def _of(count: int, share: float) -> int:
    return math.floor(count * share + 1e-9)
