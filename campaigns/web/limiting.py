"""Rate limits that stay small: one number a key, and the keys that were not seen longest are forgotten."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

_WINDOW = 60.0
_ROUNDING = 1e-6


class RateLimit:
    """So many a minute for each key, at once or spread out: the generic cell rate algorithm (ITU-T I.371, A).

    What is kept of a key is the time at which it will have used up nothing. To be used by one thread.

    Args:
        per_minute: how many.
        most_keys: how many keys are remembered; some 200 bytes each.
        seconds: a clock that never goes back.
    """

    def __init__(
        self, per_minute: int, *, most_keys: int = 100_000, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._each = _WINDOW / per_minute
        self._most_keys = most_keys
        self._seconds = seconds
        self._clear_at: OrderedDict[Hashable, float] = OrderedDict()

    def wait(self, key: Hashable) -> float:
        """Seconds until the key may go on; 0 when it may now."""
        seconds = self._clear_at.get(key, 0.0) + self._each - _WINDOW - self._seconds()
        return seconds if seconds > _ROUNDING else 0.0

    def take(self, key: Hashable) -> float:
        """As `wait`, and what may go on now is counted."""
        seconds = self.wait(key)
        if not seconds:
            self._clear_at[key] = max(self._clear_at.get(key, 0.0), self._seconds()) + self._each
            self._clear_at.move_to_end(key)
            if len(self._clear_at) > self._most_keys:
                self._clear_at.popitem(last=False)
        return seconds
