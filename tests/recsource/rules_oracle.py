"""An oracle for the rules: the same promises in plain Python, a person and a pick at a time.

It is written from the rules' docstrings, shares no code with the SQL, and takes its time.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import md5
from itertools import takewhile

from tiny_world import Row, TinyWorld

from recsource.picks import RuleCount
from recsource.rules.at_most import AtMost
from recsource.rules.collections import Collections
from recsource.rules.fill import Fill
from recsource.rules.kids import Kids
from recsource.rules.kinds import Kinds
from recsource.rules.language import Language
from recsource.rules.not_heard import NotHeard
from recsource.rules.only_new import OnlyNew
from recsource.rules.rule import Occasion, Predicate, Rule
from recsource.rules.shuffle import Shuffle
from recsource.rules.take import Take


@dataclass(frozen=True, slots=True)
class Pick:
    """A person's pick as it moves through the rules."""

    item_id: str
    rank: int | None
    place: float
    source: str = "recommended"
    collection_id: str | None = None


Lists = dict[str, list[Pick]]
Slot = tuple[str, str, int, str | None, str | None, int | None]


@dataclass(frozen=True, slots=True)
class Expected:
    """What should come out: rows of `picks`, the batch's counts, and each rule's."""

    picks: set[Slot]
    batch: Mapping[str, int]
    rules: tuple[RuleCount, ...]


def expect(world: TinyWorld, rules: Sequence[Rule], languages: Mapping[str, str], occasion: Occasion) -> Expected:
    """The picks of everybody eligible.

    Args:
        world: the rows and lines.
        rules: in order.
        languages: the email's language of each eligible user.
        occasion: the edition.
    """
    oracle = _Oracle(world, languages, occasion)
    batch, lists = oracle.read_batch()
    counts = []
    for done, rule in enumerate(rules):
        if not isinstance(rule, Predicate):
            lists = _merged(lists)
        before, lists = lists, oracle.apply(rule, lists, rules[:done])
        counts.append(_difference(rule.rule, before, lists))
    return Expected(oracle.slots(lists), batch, tuple(counts))


def expect_popular(
    world: TinyWorld, rules: Sequence[Rule], languages: Mapping[str, str], occasion: Occasion
) -> set[Slot]:
    """The popular picks of everybody eligible: the same rules, over what was played most instead of the batch."""
    oracle = _Oracle(world, languages, occasion)
    first = list(takewhile(lambda rule: isinstance(rule, Predicate), rules))
    about_items = list(takewhile(lambda rule: isinstance(rule, OnlyNew | Kinds), first))
    lists = {user_id: oracle.most_played(user_id, about_items) for user_id in languages}
    for done, rule in enumerate(rules):
        lists = oracle.apply(rule, lists, rules[:done])
    return oracle.slots(lists)


class _Oracle:
    def __init__(self, world: TinyWorld, languages: Mapping[str, str], occasion: Occasion) -> None:
        self.world, self.languages, self.occasion = world, languages, occasion
        self.items = {str(row["item_id"]): row for row in world.items}
        self.users = {str(row["user_id"]): row for row in world.users}
        self.as_of = occasion.as_of.replace(tzinfo=None)

    # the batch

    def read_batch(self) -> tuple[dict[str, int], Lists]:
        counts: Counter[str] = Counter(lines=len(self.world.lines))
        lists: Lists = defaultdict(list)
        met: set[str] = set()
        for line in self.world.lines:
            kind, user_id, item_ids = self._read(line)
            if kind:
                counts[kind] += 1
                continue
            counts["duplicated" if user_id in met else "offered"] += 1
            met.add(user_id)
            counts["pairs"] += len(item_ids)
            known = [(n, item_id) for n, item_id in enumerate(item_ids, 1) if item_id in self.items]
            counts["unknown_items"] += len(item_ids) - len(known)
            lists[user_id] += [Pick(str(item_id), n, n) for n, item_id in known]
        return counts, {user_id: picks for user_id, picks in lists.items() if picks}

    def _read(self, line: str) -> tuple[str, str, list[str | None]]:
        try:
            found = json.loads(line)
            user_id, output = found["input"]["userId"], found.get("output")
        except (ValueError, TypeError, KeyError):
            return "unreadable", "", []
        item_ids = output["recommendedItems"] if output else []
        if found.get("error") is not None:
            return "errors", user_id, []
        if user_id not in self.users:
            return "unknown_users", user_id, []
        if not item_ids:
            return "empty", user_id, []
        if user_id not in self.languages:
            return "ineligible", user_id, []
        return "", user_id, item_ids

    # in the batch's place

    def most_played(self, user_id: str, about_items: Sequence[Predicate]) -> list[Pick]:
        since, depth = self.as_of - timedelta(days=14), 6 * self.occasion.slots
        heard = Counter(str(row["item_id"]) for row in self._heard() if self._moment(row) > since)
        out = [
            item_id
            for item_id, item in self.items.items()
            if item["published_at"] <= self.as_of  # type: ignore[operator]  # a datetime
            and all(self.fits(rule, user_id, item) for rule in about_items)
        ]
        ranks: Counter[tuple[object, object]] = Counter()
        picks = []
        for place, item_id in enumerate(sorted(out, key=lambda item_id: (-heard[item_id], item_id)), 1):
            group = self.items[item_id]["language"], self.items[item_id]["for_kids"]
            ranks[group] += 1
            if ranks[group] <= depth:
                picks.append(Pick(item_id, ranks[group], place, "popular"))
        return picks

    # the rules

    def apply(self, rule: Rule, lists: Lists, done: Sequence[Rule]) -> Lists:
        match rule:
            case Predicate():
                after = {
                    user_id: [pick for pick in picks if self.fits(rule, user_id, self.items[pick.item_id])]
                    for user_id, picks in lists.items()
                }
            case Fill():
                after = self._filled(rule, lists, done)
            case _:
                after = {user_id: self._rewritten(rule, user_id, picks) for user_id, picks in lists.items()}
        return {user_id: picks for user_id, picks in after.items() if picks}

    def fits(self, rule: Predicate, user_id: str, item: Row) -> bool:
        match rule:
            case OnlyNew():
                published = item["published_at"]
                assert isinstance(published, datetime)
                return self.as_of - timedelta(days=rule.days) < published <= self.as_of
            case Kinds():
                wanted = not rule.include or item["kind"] in rule.include
                return wanted and item["kind"] not in rule.exclude
            case Language():
                own = self.users[user_id]["language"]
                understood = {own, *rule.wordless, *rule.fallback.get(str(own), ())} - {None}
                return item["language"] in understood
            case Kids():
                return not item["for_kids"] or self._kids_heard(user_id) >= rule.listens
            case _:
                raise AssertionError(rule)

    def _heard(self, user_id: str | None = None) -> list[Row]:
        return [
            row
            for row in self.world.interactions
            if user_id in (None, row["user_id"])
            and row["event"] in ("listen", "complete")
            and self._moment(row) <= self.as_of
        ]

    @staticmethod
    def _moment(row: Row) -> datetime:
        at = row["at"]
        assert isinstance(at, datetime)
        return at

    def _kids_heard(self, user_id: str) -> int:
        return sum(bool(self.items[str(row["item_id"])]["for_kids"]) for row in self._heard(user_id))

    def _rewritten(self, rule: Rule, user_id: str, picks: list[Pick]) -> list[Pick]:
        picks = _in_order(picks)
        match rule:
            case NotHeard():
                return [pick for pick in picks if not self._knows(user_id, pick.item_id, rule.listens)]
            case Collections():
                rolled = [replace(pick, collection_id=self._collection(pick)) for pick in picks]
                return _foremost(rolled, lambda pick: pick.collection_id, 1)
            case AtMost():
                for column, limit in (("narrator", rule.narrator), ("topic", rule.topic), ("kind", rule.kind)):
                    if limit:
                        picks = self._limited(picks, column, limit)
                return picks
            case Shuffle():
                return [
                    replace(pick, place=self._shuffled(rule.strength, user_id, n, len(picks), pick))
                    for n, pick in enumerate(picks)
                ]
            case Take():
                return picks[: rule.slots] if len(picks) >= rule.slots else []
            case _:
                raise AssertionError(rule)

    def _knows(self, user_id: str, item_id: str, listens: int) -> bool:
        events = [row["event"] for row in self._heard(user_id) if row["item_id"] == item_id]
        return "complete" in events or len(events) > listens

    def _collection(self, pick: Pick) -> str | None:
        found = self.items[pick.item_id]["collection_id"]
        return None if found is None else str(found)

    def _limited(self, picks: list[Pick], column: str, limit: int) -> list[Pick]:
        return _foremost(picks, lambda pick: self.items[pick.item_id][column], limit)

    def _shuffled(self, strength: float, user_id: str, n: int, of: int, pick: Pick) -> float:
        digest = md5(f"{self.occasion.seed}-{user_id}-{pick.item_id}".encode(), usedforsecurity=False)
        return (1 - strength) * n / of + strength * int(digest.hexdigest()[:8], 16) / 2**32

    def _filled(self, rule: Fill, lists: Lists, done: Sequence[Rule]) -> Lists:
        filled = dict(lists)
        for user_id in self.languages:
            picks = lists.get(user_id, [])
            if len(picks) < self.occasion.slots and (more := self._candidates(rule, user_id, picks, done)):
                longer = picks + more
                for earlier in done:
                    if isinstance(earlier, NotHeard | Collections | AtMost):
                        longer = self._rewritten(earlier, user_id, longer)
                filled[user_id] = longer
        return filled

    def _candidates(self, rule: Fill, user_id: str, picks: list[Pick], done: Sequence[Rule]) -> list[Pick]:
        last = max((pick.place for pick in picks), default=0)
        have = {pick.item_id for pick in picks}
        predicates = [earlier for earlier in done if isinstance(earlier, Predicate)]
        found: list[Pick] = []
        for source in rule.sources:
            offered = self._curated(user_id) if source == "curated" else self._popular(rule.popular_days)
            for item_id in offered:
                item = self.items[item_id]
                if item_id not in have and all(self.fits(earlier, user_id, item) for earlier in predicates):
                    have.add(item_id)
                    found.append(Pick(item_id, None, last + len(found) + 1, source))
        return found

    def _curated(self, user_id: str) -> list[str]:
        rows = [
            (int(str(row["position"])), str(row["item_id"]))
            for row in self.world.curated
            if row["edition"] == self.occasion.edition and row["language"] == self.languages[user_id]
        ]
        return [item_id for _, item_id in sorted(rows)]

    def _popular(self, days: int) -> list[str]:
        since = self.as_of - timedelta(days=days)
        heard = Counter(str(row["item_id"]) for row in self._heard() if self._moment(row) > since)
        return sorted(heard, key=lambda item_id: (-heard[item_id], item_id))

    def slots(self, lists: Lists) -> set[Slot]:
        return {
            (
                user_id,
                pick.source,
                slot,
                None if pick.collection_id else pick.item_id,
                pick.collection_id,
                pick.rank,
            )
            for user_id, picks in lists.items()
            for slot, pick in enumerate(_in_order(picks), 1)
        }


def _in_order(picks: list[Pick]) -> list[Pick]:
    return sorted(picks, key=lambda pick: (pick.place, pick.item_id))


def _foremost(picks: list[Pick], group: Callable[[Pick], object], limit: int) -> list[Pick]:
    """Of each group the first ones; those of no group, all."""
    met: Counter[object] = Counter()
    kept = []
    for pick in picks:
        met[group(pick)] += 1
        if group(pick) is None or met[group(pick)] <= limit:
            kept.append(pick)
    return kept


def _merged(lists: Lists) -> Lists:
    """Each item once a person, at its best rank."""
    return {user_id: _foremost(_in_order(picks), lambda pick: pick.item_id, 1) for user_id, picks in lists.items()}


def _difference(rule: str, before: Lists, after: Lists) -> RuleCount:
    pairs = sum(map(len, after.values())) - sum(map(len, before.values()))
    people = len(after) - len(before)
    return RuleCount(rule, max(-pairs, 0), max(-people, 0), max(pairs, 0), max(people, 0))
