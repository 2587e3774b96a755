"""Judging batches by what people played after they were made: the same for every source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from recsource.batch import Batch
from recsource.engine import Engine, Queries
from recsource.evaluation.held_out import Floats, HeldOut, Ints, hold_out
from recsource.evaluation.judging import PLACES, Past, Verdict, compare, judge
from recsource.evaluation.reading import read_lists
from recsource.evaluation.rule_counts import Readers, RuleCounts, count_rules
from recsource.evaluation.table import table
from recsource.pipeline.question import Window

_SQL = Queries("recsource")
_BASELINE = "popularity"
_MOST_USERS = 20_000  # an interval that is narrow enough, of as many people as fit into memory
_KIDS_LISTENS = 3  # as the rule `kids` has it, unless a campaign says otherwise
_NUMBERED = {"id": "VARCHAR", "no": "INTEGER"}
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class _Item:
    item_id: str
    is_new: bool
    for_kids: bool
    language: str
    listeners: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it.

    Attributes:
        window: the times.
        users: how many people had something to judge by, on all items.
        everything: by model, on all items; empty where nobody played anything.
        new: by model, on new items alone.
        rules: by model, in how many places rules would have fired.
    """

    window: Window
    users: int
    everything: Mapping[str, Verdict]
    new: Mapping[str, Verdict]
    rules: Mapping[str, RuleCounts]

    def as_dict(self) -> dict[str, object]:
        """As JSON holds it."""
        return {
            "split": self.window.split.isoformat(),
            "until": self.window.until.isoformat(),
            "users": self.users,
            "all_items": {model: verdict.as_dict() for model, verdict in self.everything.items()},
            "new_items": {model: verdict.as_dict() for model, verdict in self.new.items()},
            "rules": {model: asdict(counts) for model, counts in self.rules.items()},
        }

    def as_text(self) -> str:
        """Tables that people read, in Markdown."""
        if not self.everything:
            return "Nobody has played anything new since the lists were made.\n"
        parts = [f"## All items, judged by {self.users:,} people\n", table(self.everything, _BASELINE)]
        if self.new:
            parts += ["\n## New items alone\n", table(self.new, _BASELINE)]
        return "\n".join([*parts, "\n## Places in which rules would have fired\n", _rules_table(self.rules), ""])


def judge_batches(
    engine: Engine,
    batches: Mapping[str, Batch],
    recipients: Sequence[str],
    events: Sequence[str],
    window: Window,
) -> Judged:
    """Judge each model's batch, against popularity's.

    Args:
        engine: holds the tables `interactions`, `items` and `users`.
        batches: by model; popularity's among them.
        recipients: who could have a list.
        events: the kinds of interactions that count as playing.
        window: which times.
    """
    told = {"window": window, "events": sorted(events)}
    items = [_item(row) for row in engine.rows(_SQL("judging/candidates", **told))]
    engine.load("recipient", _NUMBERED, ((name, number) for number, name in enumerate(recipients)))
    played = _pairs(engine, _SQL("judging/played", users=_MOST_USERS, **told))
    everything = hold_out(played, [item.item_id for item in items])
    new = hold_out(played, [item.item_id for item in items if item.is_new])
    lists = {model: _lists(engine, batch, everything, window) for model, batch in batches.items()}
    fresh = {model: _lists(engine, batch, new, window) for model, batch in batches.items()}
    readers = _readers(engine, everything, items, window)
    return Judged(
        window,
        len(everything.user_ids),
        _compared(lists, everything, items, len(recipients)),
        _compared(fresh, new, items, len(recipients)),
        {model: count_rules(_lists(engine, batch, everything, None), readers) for model, batch in batches.items()},
    )


def _item(row: tuple[object, ...]) -> _Item:
    item_id, is_new, for_kids, language, listeners = row
    return _Item(str(item_id), bool(is_new), bool(for_kids), str(language), int(str(listeners)))


def _pairs(engine: Engine, sql: str) -> list[tuple[str, str]]:
    return [(str(user_id), str(item_id)) for user_id, item_id in engine.rows(sql)]


def _lists(engine: Engine, batch: Batch, held_out: HeldOut, window: Window | None) -> Ints:
    """A batch's lists, without what people had heard before; with it where no window is given."""
    if not held_out.user_ids:
        return np.empty((0, PLACES), dtype=np.int64)
    return read_lists(engine, batch, held_out, _heard(engine, held_out, window) if window else [], PLACES)


def _heard(engine: Engine, held_out: HeldOut, window: Window) -> list[tuple[str, str]]:
    _load_users(engine, held_out)
    return _pairs(engine, _SQL("judging/heard", window=window))


def _load_users(engine: Engine, held_out: HeldOut) -> None:
    engine.load("judging_user", _NUMBERED, ((name, number) for number, name in enumerate(held_out.user_ids)))


def _compared(
    lists: Mapping[str, Ints], held_out: HeldOut, items: Sequence[_Item], users: int
) -> Mapping[str, Verdict]:
    if not held_out.user_ids:
        return {}
    listeners = {item.item_id: float(item.listeners) for item in items}
    known: Floats = np.array([listeners[item_id] for item_id in held_out.item_ids], dtype=np.float64)
    judged = {model: judge(found, held_out, Past(known, users)) for model, found in lists.items()}
    return compare(judged, _BASELINE)


def _readers(engine: Engine, held_out: HeldOut, items: Sequence[_Item], window: Window) -> Readers:
    """What rules know of the people and items of a held-out set."""
    _load_users(engine, held_out)
    rows = engine.rows(_SQL("judging/readers", window=window, listens=_KIDS_LISTENS))
    by_id = {item.item_id: item for item in items}
    order = [by_id[item_id] for item_id in held_out.item_ids]
    number = {language: code for code, language in enumerate(sorted({item.language for item in items}))}
    user, place = ({name: no for no, name in enumerate(names)} for names in (held_out.user_ids, held_out.item_ids))
    heard = [
        user[who] * len(order) + place[what] for who, what in _heard(engine, held_out, window) if what in place
    ]
    return Readers(
        for_kids=np.array([item.for_kids for item in order], dtype=np.bool_),
        hears_kids=np.array([bool(hears) for _, _, hears in rows], dtype=np.bool_),
        item_language=np.array([number[item.language] for item in order], dtype=np.int64),
        user_language=np.array([number.get(str(spoken), _UNKNOWN) for _, spoken, _ in rows], dtype=np.int64),
        heard=np.array(sorted(heard), dtype=np.int64),
    )


def _rules_table(rules: Mapping[str, RuleCounts]) -> str:
    lines = ["| method | places | kids | language | repeat |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {model} | {counts.shown:,} | {counts.kids:,} | {counts.language:,} | {counts.repeat:,} |"
        for model, counts in rules.items()
    ]
    return "\n".join(lines)
