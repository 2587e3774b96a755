"""Small warehouses, and what the export should make of them, said once more in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tiny_world import Row, TinyWorld

from recsource.dataset.settings import ExportSettings

NOW = datetime(2026, 11, 21, tzinfo=UTC)
Interaction = tuple[str, str, int, str, float]


def at(days_ago: float) -> datetime:
    """So many days before the export's moment, as tables hold it."""
    return (NOW - timedelta(days=days_ago)).replace(tzinfo=None)


def seconds(moment: object) -> int:
    """Unix seconds."""
    assert isinstance(moment, datetime)
    return int(moment.replace(tzinfo=UTC).timestamp() // 1)


@dataclass(frozen=True, slots=True)
class Oracle:
    """The export's rules, one row at a time."""

    world: TinyWorld
    settings: ExportSettings
    now: datetime = NOW

    def interactions(self) -> list[Interaction]:
        active, items = self.active(), self._items()
        kept = [row for row in self._heard() if row["user_id"] in active and row["item_id"] in items]
        by_pair: dict[object, list[Row]] = defaultdict(list)
        for row in kept:
            by_pair[row["user_id"], row["item_id"]].append(row)
        capped = (row for rows in by_pair.values() for row in sorted(rows, key=self._recency)[: self._cap])
        return sorted(map(self._exported, capped), key=lambda row: (row[0], row[2], row[1], row[3]))

    def users(self) -> list[str]:
        everyone, active = self.settings.recipients == "everyone", self.active()
        return sorted(
            str(row["user_id"])
            for row in self._members()
            if row["user_id"] in active or (everyone and row["email_consent"])
        )

    def items(self) -> list[str]:
        return sorted(self._items())

    def recipients(self) -> list[str]:
        everyone, active = self.settings.recipients == "everyone", self.active()
        return sorted(
            str(row["user_id"])
            for row in self._members()
            if row["email_consent"] and (everyone or row["user_id"] in active)
        )

    def active(self) -> set[object]:
        members, items = {row["user_id"] for row in self._members()}, self._items()
        heard = [row for row in self._heard() if row["user_id"] in members and row["item_id"] in items]
        count = Counter(row["user_id"] for row in heard)
        last = {row["user_id"]: row["at"] for row in sorted(heard, key=lambda row: str(row["at"]))}
        days = self.settings.active_days
        return {
            user
            for user in count
            if count[user] >= self.settings.min_interactions and (days is None or self._within(last[user], days))
        }

    @property
    def _cap(self) -> int | None:
        return self.settings.max_repeats

    def _heard(self) -> Iterator[Row]:
        for row in self.world.interactions:
            counts = row["event"] in self.settings.event_weights
            if counts and self._before(row["at"]) and self._within(row["at"], self.settings.interaction_days):
                yield row

    def _items(self) -> set[str]:
        return {str(row["item_id"]) for row in self.world.items if self._before(row["published_at"])}

    def _members(self) -> Sequence[Row]:
        return [
            row
            for row in self.world.users
            if (row["signed_up_at"] is None or self._before(row["signed_up_at"]))
            and (not self.settings.subscriptions or row["subscription"] in self.settings.subscriptions)
            and (not self.settings.languages or row["language"] in self.settings.languages)
        ]

    def _before(self, moment: object) -> bool:
        assert isinstance(moment, datetime)
        return moment.replace(tzinfo=UTC) <= self.now

    def _within(self, moment: object, days: int) -> bool:
        assert isinstance(moment, datetime)
        return moment.replace(tzinfo=UTC) > self.now - timedelta(days=days)

    def _recency(self, row: Row) -> tuple[float, float, str]:
        assert isinstance(row["at"], datetime)
        weight = self.settings.event_weights[str(row["event"])]
        return (-row["at"].timestamp(), -weight, str(row["event"]))

    def _exported(self, row: Row) -> Interaction:
        event = str(row["event"])
        weight = self.settings.event_weights[event]
        return (str(row["user_id"]), str(row["item_id"]), seconds(row["at"]), event, weight)
