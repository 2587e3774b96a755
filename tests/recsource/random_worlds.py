"""Random tiny worlds and rules for Hypothesis: ties, nulls, strangers, repetitions and ids of any script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter
from tiny_world import TinyWorld, ago, chosen, collection, heard, item, recommended, user

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


def _subset(values: Sequence[str], at_least: int, at_most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True, min_size=at_least, max_size=at_most)


def _maybe(values: Sequence[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


@st.composite
def worlds(draw: st.DrawFn) -> TinyWorld:
    """A world whose rows would pass the door."""
    item_ids, user_ids = draw(_subset(ITEM_IDS, 4, 8)), draw(_subset(USER_IDS, 1, 3))
    items = [
        item(
            item_id,
            kind=draw(st.sampled_from(("meditation", "meditation", "music"))),
            narrator=draw(_maybe(("N", "M"))),
            topic=draw(_maybe(("rain", "sea"))),
            language=draw(st.sampled_from(("en", "en", "de", "zxx"))),
            for_kids=draw(st.sampled_from((False, False, True))),
            collection_id=draw(_maybe(COLLECTION_IDS)),
            published_at=ago(draw(st.sampled_from((0, 3, 6.99, 7, -0.01)))),
        )
        for item_id in item_ids
    ]
    users = [user(user_id, language=draw(_maybe(("en", "de", "fr")))) for user_id in user_ids]
    listening = st.builds(
        heard,
        st.sampled_from(user_ids),
        st.sampled_from(item_ids),
        st.sampled_from(("listen", "listen", "listen", "complete", "favourite", "view")),
        st.sampled_from((2, 0, 6.99, 7, -0.01)),
    )
    curated = {
        (edition, language, position): chosen(position, item_id, language, edition)
        for edition, language, position, item_id in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(("2026-W47", "2026-W46")),
                    st.sampled_from(("en", "de")),
                    st.integers(1, 4),
                    st.sampled_from(item_ids),
                ),
                max_size=6,
            )
        )
    }
    offered = st.lists(st.sampled_from((*item_ids, "stranger", None)), max_size=7)
    first = [recommended(user_id, draw(_subset(item_ids, 0, 8))) for user_id in user_ids]
    further = st.builds(recommended, st.sampled_from((*user_ids, "nobody")), offered) | st.sampled_from(_BROKEN)
    return TinyWorld(
        items=items,
        users=users,
        collections=[collection(collection_id) for collection_id in COLLECTION_IDS],
        interactions=draw(st.lists(listening, max_size=20)),
        curated=list(curated.values()),
        lines=draw(st.permutations([*first, *draw(st.lists(further, max_size=3))])),
    )


_SORTS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "only_new": st.fixed_dictionaries({"days": st.sampled_from((1, 7, 400))}),
    "kinds": st.sampled_from(({"include": ["music"]}, {"exclude": ["music", "it's"]})),
    "language": st.fixed_dictionaries(
        {},
        optional={
            "wordless": st.sampled_from(([], ["zxx", "en"])),
            "fallback": st.sampled_from(({}, {"fr": []}, {"fr": ["de"], "de": ["en"]})),
        },
    ),
    "kids": st.fixed_dictionaries({"listens": st.integers(1, 2)}),
    "not_heard": st.fixed_dictionaries({"listens": st.integers(0, 1)}),
    "collections": st.just({}),
    "at_most": st.fixed_dictionaries({"narrator": st.integers(1, 2)}, optional={"topic": st.just(1)})
    | st.fixed_dictionaries({"kind": st.integers(1, 3)}, optional={"topic": st.just(2)}),
    "shuffle": st.fixed_dictionaries({"strength": st.sampled_from((0, 0.3, 1))}),
    "fill": st.fixed_dictionaries(
        {"sources": st.sampled_from((["curated"], ["popular"], ["curated", "popular"], ["popular", "curated"]))},
        optional={"popular_days": st.just(7)},
    ),
}
"""Each rule's parameters."""


def parameters(rule: str) -> st.SearchStrategy[dict[str, Any]]:
    """A rule as `campaign.toml` has it."""
    return _SORTS[rule].map(lambda found: {"rule": rule, **found})


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Any rules in any order, some of them twice, and a `take`."""
    once = draw(st.permutations(sorted(_SORTS)))[: draw(st.integers(0, len(_SORTS)))]
    again = draw(st.lists(st.sampled_from(sorted(_SORTS.keys() - {"kids"})), max_size=2))
    chosen_rules = [draw(parameters(name)) for name in [*once, *again]]
    return read_rules([*chosen_rules, {"rule": "take", "slots": draw(st.integers(1, 4))}])
