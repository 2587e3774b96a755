"""Guards: what stops a bad send early. Pure rules; the worker asks them, and the ledger remembers a halt."""

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

    def trip(self, edition: Edition, responses: Responses) -> str | None:
        """The sentence of the guard that trips, or None.

        A share trips when more messages fared so than the share of those handed over, of `heed_from` at least.
        """
        left = max(responses.accepted, self.heed_from)
        tried = max(responses.accepted + responses.rejected, self.heed_from)
        rendered = responses.rejected - responses.unrendered
        for name, count, allowed in (
            ("could not be rendered", responses.unrendered, self.max_unrendered),
            ("were rejected", rendered, _of(tried, self.max_rejected)),
            ("bounced", responses.bounced, _of(left, self.max_bounced)),
            ("brought a complaint", responses.complained, _of(left, self.max_complained)),
        ):
            if count > allowed:
                of = responses.accepted + responses.rejected
                return (
                    f"{edition} halted: {count:,} of {of:,} messages {name}, and {allowed:,} are allowed; "
                    "look into it, then `winddown resume` or `winddown cancel`"
                )
        return None


def _of(count: int, share: float) -> int:
    return math.floor(count * share + 1e-9)
