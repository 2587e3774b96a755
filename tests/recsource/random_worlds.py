"""Random tiny worlds and rules: ties, nulls, strangers, repetitions and ids of any script.

Hypothesis gives the seed, and a plain generator draws from it: evenly, so that few examples meet much. The worlds
are small enough to be read when one of them fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter
from tiny_world import Row, TinyWorld, ago, chosen, collection, heard, item, recommended, user

from recsource.rules.composition import AnyRule
from recsource.rules.rule import Rule

ITEM_IDS = ("1", "10", "2", "ß", "é", "Ω", "😀", "it's", 'a "b"', "A", "a", "-")
USER_IDS = ("u", "U", "ü", "u-1", "😴", "O'Hara")
COLLECTION_IDS = ("c", "7 Days", "ç")
_BROKEN = (
    "{",
    "not json",
    "[]",
    "7",
    '{"input": {"userId": "u"}, "output": {"recommendedItems": ["1", "2"',
    '{"output": {"recommendedItems": ["1"]}}',
    '{"input": {"userId": "u"}, "output": null, "error": "the model broke"}',
    '{"input": {"userId": "U"}, "output": {"recommendedItems": ["1"]}, "error": {"code": 4}}',
    '{"input": {"userId": "u"}, "output": null, "error": null}',
)

read_rules = TypeAdapter(tuple[AnyRule, ...]).validate_python
dice = st.integers(0, 2**64 - 1).map(Random)


def random_world(dice: Random) -> TinyWorld:
    """A world whose rows would pass the door."""
    item_ids = dice.sample(ITEM_IDS, dice.randint(1, 8))
    user_ids = dice.sample(USER_IDS, dice.randint(1, 4))
    return TinyWorld(
        items=[_item(dice, item_id) for item_id in item_ids],
        users=[user(user_id, language=dice.choice(("en", "en", "de", "de", "fr", None))) for user_id in user_ids],
        collections=[collection(collection_id) for collection_id in COLLECTION_IDS],
        interactions=[_interaction(dice, user_ids, item_ids) for _ in range(dice.randint(0, 20))],
        curated=_curated(dice, item_ids),
        lines=_lines(dice, user_ids, item_ids),
    )


def _item(dice: Random, item_id: str) -> Row:
    return item(
        item_id,
        kind=dice.choice(("meditation", "meditation", "music")),
        narrator=dice.choice((None, "N", "M")),
        topic=dice.choice((None, "rain", "sea")),
        language=dice.choice(("en", "en", "de", "zxx")),
        for_kids=dice.choice((False, False, True)),
        collection_id=dice.choice((None, None, *COLLECTION_IDS)),
        published_at=ago(dice.choice((0, 3, 3, 6.99, 7, -0.01))),
    )


def _interaction(dice: Random, user_ids: Sequence[str], item_ids: Sequence[str]) -> Row:
    event = dice.choice(("listen", "listen", "listen", "complete", "favourite", "view"))
    return heard(dice.choice(user_ids), dice.choice(item_ids), event, dice.choice((2, 2, 0, 6.99, 7, -0.01)))


def _curated(dice: Random, item_ids: Sequence[str]) -> list[Row]:
    places = {
        (dice.choice(("2026-W47", "2026-W47", "2026-W46")), dice.choice(("en", "de")), dice.randint(1, 4))
        for _ in range(dice.randint(0, 6))
    }
    return [
        chosen(position, dice.choice(item_ids), language, edition)
        for edition, language, position in sorted(places)
    ]


def _lines(dice: Random, user_ids: Sequence[str], item_ids: Sequence[str]) -> list[str]:
    first = [recommended(user_id, dice.sample(item_ids, dice.randint(0, len(item_ids)))) for user_id in user_ids]
    offered = (*item_ids, "stranger", None)
    further = [
        recommended(dice.choice((*user_ids, "nobody")), dice.choices(offered, k=dice.randint(0, 7)))
        for _ in range(dice.choice((0, 0, 1, 2)))
    ]
    lines = [*first, *further, *dice.sample(_BROKEN, dice.choice((0, 0, 1, 2)))]
    return dice.sample(lines, len(lines))


_SORTS: Mapping[str, Callable[[Random], dict[str, Any]]] = {
    "only_new": lambda dice: {"days": dice.choice((1, 7, 400))},
    "kinds": lambda dice: dice.choice(({"include": ["music"]}, {"exclude": ["music", "it's"]})),
    "language": lambda dice: {
        "wordless": dice.choice(([], ["zxx"], ["zxx", "en"])),
        "fallback": dice.choice(({}, {"fr": []}, {"fr": ["de"], "de": ["en"]})),
    },
    "kids": lambda dice: {"listens": dice.randint(1, 2)},
    "not_heard": lambda dice: {"listens": dice.randint(0, 2)},
    "collections": lambda _: {},
    "at_most": lambda dice: dice.choice(({"narrator": 1}, {"kind": 2, "topic": 1}, {"narrator": 2, "topic": 2})),
    "shuffle": lambda dice: {"strength": dice.choice((0, 0.3, 1))},
    "fill": lambda dice: {
        "sources": dice.choice((["curated"], ["popular"], ["curated", "popular"], ["popular", "curated"])),
        "popular_days": dice.choice((7, 14)),
    },
}
"""Each rule's parameters."""


def random_rules(dice: Random) -> tuple[Rule, ...]:
    """Any rules in any order, some of them twice, and a `take`."""
    once = dice.sample(sorted(_SORTS), dice.randint(0, 6))
    again = dice.sample(["fill", *sorted(_SORTS.keys() - {"kids"})], dice.choice((0, 1, 2)))
    chosen_rules = [{"rule": name, **_SORTS[name](dice)} for name in [*once, *again]]
    return read_rules([*chosen_rules, {"rule": "take", "slots": dice.randint(1, 4)}])


worlds = dice.map(random_world)
rules = dice.map(random_rules)
