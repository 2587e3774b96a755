"""An application with a carousel, played on the sample world: who comes by, what is shown, what they finish of it.

Half of the sample's people sign up during the test; of the others the application knows from before. Everybody
listens as the sample has it, and whoever is shown something that suits them may finish it besides: that, by their
true tastes, is the whole effect of the carousel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsource.sample.mailing import Truth, read_truth
from recsource.sample.tastes import BASE, NAT
from recsource.serving.exposure import Exposure
from recsource.serving.reading import Reader, Served
from recsource.serving.trial import Visitor

DAY = timedelta(days=1)
_COMES_BY = 0.5  # a day
_FINISHES = 0.7  # a perfect match


@dataclass(frozen=True)
class Showing:
    """One person, shown something once."""

    at: datetime
    visitor: Visitor
    served: Served


@dataclass
class App:
    """The application, its people, and its warehouse.

    Attributes:
        root: the workspace; its `data` hold at any time what is known by then.
        begins: when the test begins; newcomers sign up from then on, for `signing_up`.
        signed_up: newcomers, and when.
        shown: all that was shown.
        finished: what people finished because of that: who, what, when.
    """

    root: Path
    begins: datetime
    signing_up: timedelta
    random: Random = field(default_factory=lambda: Random(7))
    signed_up: dict[str, datetime] = field(default_factory=dict)
    shown: list[Showing] = field(default_factory=list)
    finished: list[tuple[str, str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._users = pq.read_table(self.root / "data" / "users.parquet")
        self._interactions = pq.read_table(self.root / "data" / "interactions.parquet")
        self._suits = _Suits(read_truth(self.root))
        people = self._users.select(["user_id", "cohort", "language"]).to_pylist()
        new = [person["user_id"] for n, person in enumerate(people) if n % 2 and not person["cohort"]]
        self.signed_up |= {
            user: self.begins + self.signing_up * n / len(new)
            for n, user in enumerate(self.random.sample(new, len(new)))
        }
        self._visitors = [
            Visitor(
                each["user_id"],
                each["language"],
                self.signed_up.get(each["user_id"], self.begins - 200 * DAY),
                each["cohort"] or "",
            )
            for each in people
        ]

    @property
    def staff(self) -> set[str]:
        return {visitor.user_id for visitor in self._visitors if visitor.cohort == "staff"}

    def know(self, now: datetime) -> None:
        """Write what the warehouse holds at a moment: who has signed up, and what they have played since."""
        since = pa.array([self._since(str(user)) for user in self._users["user_id"]], pa.timestamp("us"))
        users = self._users.set_column(self._users.column_names.index("signed_up_at"), "signed_up_at", since)
        users = users.filter(pc.less(since, pa.scalar(_naive(now))))
        pq.write_table(users, self.root / "data" / "users.parquet")
        pq.write_table(self.interactions(now), self.root / "data" / "interactions.parquet")

    def interactions(self, now: datetime) -> pa.Table:
        """What people played before a moment, of themselves and because of the carousel."""
        began = {str(user): self._since(str(user)) for user in self._users["user_id"]}
        table = self._interactions
        since = pa.array([began[user] for user in table["user_id"].to_pylist()], table["at"].type)
        of_themselves = table.filter(
            pc.and_(pc.greater_equal(table["at"], since), pc.less(table["at"], pa.scalar(_naive(now))))
        )
        caused = [row for row in self.finished if row[2] < now]
        columns = {
            "user_id": [user for user, *_ in caused],
            "item_id": [item for _, item, _ in caused],
            "event": ["complete"] * len(caused),
            "at": [_naive(at) for *_, at in caused],
        }
        return pa.concat_tables([of_themselves, pa.table(columns, schema=table.schema)])

    def play(self, day: datetime, reader: Reader) -> None:
        """A day: about half of the people come by in the evening."""
        for visitor in self._visitors:
            at = day + timedelta(hours=18, minutes=self.random.randrange(300))
            comes, finishes = self.random.random() < _COMES_BY, self.random.random()
            if comes and visitor.signed_up_at and visitor.signed_up_at < at:
                served = reader.picks(visitor)
                self.shown.append(Showing(at, visitor, served))
                self._react(visitor.user_id, served, at, finishes)

    def exposures(self) -> Iterator[str]:
        """Lines, as the application logs them."""
        for showing in self.shown:
            if exposure := Exposure.of(showing.served, showing.visitor, showing.at):
                yield exposure.line() + "\n"

    def _react(self, user: str, served: Served, at: datetime, finishes: float) -> None:
        items = [pick.id for pick in served.picks if pick.kind == "item"]
        if not items:
            return
        best, match = self._suits.best(user, items)
        if finishes < _FINISHES * match**2:
            self.finished.append((user, best, at + timedelta(minutes=40)))

    def _since(self, user: str) -> datetime:
        return _naive(self.signed_up.get(user, self.begins - 200 * DAY))


class _Suits:
    """How well items suit people, from 0 to 1, by their true tastes."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._person = _places(truth.people["user_id"])
        self._item = _places(truth.items["item_id"])

    def best(self, user: str, items: list[str]) -> tuple[str, float]:
        of_person = self._truth.person_factors[self._person[user], :BASE]
        of_items = self._truth.item_factors[[self._item[item] for item in items], :BASE]
        match = np.clip(0.5 + of_items @ of_person / NAT / 4, 0, 1)
        best = int(match.argmax())
        return items[best], float(match[best])


def _places(ids: Any) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(ids.to_pylist())}


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
