"""Judging batches by what people played after they were made: the same for every source.

Somebody's lists are looked at without what they had played before, and judged by what they then played first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsource.batch import Batch
from recsource.engine import Engine, Queries
from recsource.evaluation.held_out import Floats, HeldOut, Ints, hold_out
from recsource.evaluation.judging import PLACES, Past, Verdict, compare, judge
from recsource.evaluation.reading import read_lists
from recsource.evaluation.rule_counts import Readers, count_rules
from recsource.pipeline.judged import Judged
from recsource.pipeline.question import Window

_SQL = Queries("recsource")
_MOST_USERS = 20_000  # an interval that is narrow enough, of as many people as fit into memory
_KIDS_LISTENS, _HEARD_LISTENS = (
    3,
    2,
)  # as the rules `kids` and `not_heard` have it by themselves
_NUMBERED = {"id": "VARCHAR", "no": "INTEGER"}
_UNKNOWN = -1

Played = Sequence[tuple[str, str]]
"""Users and items."""


@dataclass(frozen=True, slots=True)
class Told:
    """What judges are told.

    Attributes:
        recipients: who could have a list.
        events: the kinds of interactions that count as playing.
        window: which times.
        baseline: the name of the batch that the others are compared with.
    """

    recipients: Sequence[str]
    events: Sequence[str]
    window: Window
    baseline: str = "popularity"


@dataclass(frozen=True, slots=True)
class _Item:
    item_id: str
    is_new: bool
    for_kids: bool
    language: str
    listeners: int


def judge_batches(engine: Engine, batches: Mapping[str, Batch], told: Told) -> Judged:
    """Judge every batch, and compare it with the baseline.

    Args:
        engine: holds the tables `interactions`, `items` and `users`.
        batches: by name; the baseline's among them.
        told: whom to ask, and about when.
    """
    items = [_item(row) for row in engine.rows(_sql("candidates", told))]
    _load_people(engine, "recipient", told.recipients)
    played = _pairs(engine, _sql("played", told, users=_MOST_USERS))
    everything = hold_out(played, [item.item_id for item in items])
    new = hold_out(played, [item.item_id for item in items if item.is_new])
    _load_people(engine, "judging_user", everything.user_ids)
    before = _pairs(engine, _sql("heard", told))
    readers = _readers(engine, everything, items, told)
    as_made = {name: _lists(engine, batch, everything, ()) for name, batch in batches.items()}
    return Judged(
        window=told.window,
        users=len(everything.user_ids),
        baseline=told.baseline,
        everything=_compared(_all_lists(engine, batches, everything, before), everything, items, told),
        new=_compared(_all_lists(engine, batches, new, before), new, items, told),
        rules={name: count_rules(lists, readers) for name, lists in as_made.items()},
    )


def _sql(name: str, told: Told, **parameters: object) -> str:
    return _SQL(f"judging/{name}", window=told.window, events=sorted(told.events), **parameters)


def _item(row: tuple[object, ...]) -> _Item:
    item_id, is_new, for_kids, language, listeners = row
    return _Item(str(item_id), bool(is_new), bool(for_kids), str(language), int(str(listeners)))


def _load_people(engine: Engine, table: str, user_ids: Sequence[str]) -> None:
    engine.load(table, _NUMBERED, ((name, number) for number, name in enumerate(user_ids)))


def _pairs(engine: Engine, sql: str) -> list[tuple[str, str]]:
    return [(str(user_id), str(item_id)) for user_id, item_id in engine.rows(sql)]


def _all_lists(
    engine: Engine, batches: Mapping[str, Batch], held_out: HeldOut, before: Played
) -> Mapping[str, Ints]:
    return {name: _lists(engine, batch, held_out, before) for name, batch in batches.items()}


def _lists(engine: Engine, batch: Batch, held_out: HeldOut, before: Iterable[tuple[str, str]]) -> Ints:
    """A batch's lists, without what people had played before."""
    if not held_out.user_ids:
        return np.empty((0, PLACES), dtype=np.int64)
    return read_lists(engine, batch, held_out, before, PLACES)


def _compared(
    lists: Mapping[str, Ints], held_out: HeldOut, items: Sequence[_Item], told: Told
) -> Mapping[str, Verdict]:
    if not held_out.user_ids:
        return {}
    listeners = {item.item_id: float(item.listeners) for item in items}
    known: Floats = np.array([listeners[item_id] for item_id in held_out.item_ids], dtype=np.float64)
    past = Past(known, len(told.recipients))
    return compare({name: judge(found, held_out, past) for name, found in lists.items()}, told.baseline)


def _readers(engine: Engine, held_out: HeldOut, items: Sequence[_Item], told: Told) -> Readers:
    """What rules know of the people and items of a held-out set."""
    rows = engine.rows(_sql("readers", told, listens=_KIDS_LISTENS))
    by_id = {item.item_id: item for item in items}
    order = [by_id[item_id] for item_id in held_out.item_ids]
    number = {language: code for code, language in enumerate(sorted({item.language for item in items}))}
    known = _pairs(engine, _sql("known_well", told, listens=_HEARD_LISTENS))
    return Readers(
        for_kids=np.array([item.for_kids for item in order], dtype=np.bool_),
        hears_kids=np.array([bool(hears) for _, _, hears in rows], dtype=np.bool_),
        item_language=np.array([number[item.language] for item in order], dtype=np.int64),
        user_language=np.array([number.get(str(spoken), _UNKNOWN) for _, spoken, _ in rows], dtype=np.int64),
        heard=_keys(known, held_out),
    )


def _keys(pairs: Played, held_out: HeldOut) -> Ints:
    """Pairs as `HeldOut.keys` has them; those of other items are left out."""
    user, item = ({name: no for no, name in enumerate(names)} for names in (held_out.user_ids, held_out.item_ids))
    return np.array(sorted(user[who] * len(item) + item[what] for who, what in pairs if what in item), np.int64)
