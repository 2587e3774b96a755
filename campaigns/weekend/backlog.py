"""What waits in a shard: numbers by due time, and those that are tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from campaigns.ports.entries import Span


@dataclass(frozen=True, slots=True)
class Messages:
    """So many that fell due together and were tried as often; `retry_at` where they were."""

    due: datetime
    count: int
    attempts: int = 0
    retry_at: datetime | None = None

    def part(self, count: int) -> Messages:
        """So many of them."""
        return replace(self, count=count)


@dataclass(slots=True)
class Backlog:
    """One shard's, taken from in the order that the ledger has: tried before first, then the earliest due."""

    fresh: Counter[datetime]
    tried: list[Messages] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """How many wait, due or not."""
        return self.fresh.total() + sum(each.count for each in self.tried)

    def take(self, count: int, now: datetime, spans: Sequence[Span]) -> list[Messages]:
        """Up to so many that may be sent now."""
        taken: list[Messages] = []
        for each in [each for each in self.tried if _again(each, now) and _in(each.due, spans)]:
            if part := min(each.count, count):
                self.tried.remove(each)
                if each.count > part:
                    self.tried.append(each.part(each.count - part))
                taken.append(each.part(part))
                count -= part
        for due in sorted(due for due in self.fresh if _in(due, spans)):
            if part := min(self.fresh[due], count):
                self.fresh[due] -= part
                taken.append(Messages(due, part))
                count -= part
        return taken

    def put_back(self, messages: Messages) -> None:
        """They wait as before they were taken, or to be tried again."""
        if not messages.count:
            return
        if messages.retry_at is None:
            self.fresh[messages.due] += messages.count
        else:
            self.tried.append(messages)

    def expire(self, due_before: datetime) -> int:
        """Let go of what would come too late; how many those are."""
        late = sum(count for due, count in self.fresh.items() if due < due_before)
        late += sum(each.count for each in self.tried if each.due < due_before)
        self.fresh = Counter({due: count for due, count in self.fresh.items() if due >= due_before})
        self.tried = [each for each in self.tried if each.due >= due_before]
        return late


def shared_out(due: Mapping[datetime, int], shards: int) -> list[Backlog]:
    """Everybody, in as many equal parts as there are shards."""
    return [
        Backlog(Counter({time: (count + number) // shards for time, count in due.items()}))
        for number in range(shards)
    ]


def _again(messages: Messages, now: datetime) -> bool:
    return messages.retry_at is not None and messages.retry_at <= now


def _in(due: datetime, spans: Sequence[Span]) -> bool:
    return any(span.after < due <= span.until for span in spans)
