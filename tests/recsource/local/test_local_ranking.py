"""Ranking keeps order, breaks ties always the same way, and turns utilities into shares; lines hold all of it."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recsource.local.corpus import Corpus, Pairs
from recsource.local.exploring import Exploration, new_items
from recsource.local.lines import Lines
from recsource.local.ranking import NOBODY, SCORE_UNITS, Ranked, rank, tie_order

UTILITIES = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(1, 40)),
    elements=st.floats(-40, 40, width=32) | st.sampled_from([0.0, -0.0, 1.5]),
)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
ANYBODY = np.array(["a", "b"], dtype=object)
INDIFFERENT = np.zeros((2, 9), dtype=np.float32)


@given(UTILITIES, st.integers(1, 50))
def test_the_best_come_first_and_ties_go_by_the_fixed_order(utilities: npt.NDArray[np.float32], size: int) -> None:
    items = utilities.shape[1]
    order = tie_order(items, seed=3)
    ranked = rank(utilities.copy(), None, order, size)
    place = {int(item): number for number, item in enumerate(order)}
    for row, listed in zip(utilities, ranked.items, strict=True):
        wanted = sorted(range(items), key=lambda item: (-float(row[item]), place[item]))
        assert listed.tolist() == wanted[:size]


@given(UTILITIES, st.integers(1, 50))
def test_scores_are_positive_descend_and_never_sum_to_more_than_one(
    utilities: npt.NDArray[np.float32], size: int
) -> None:
    ranked = rank(utilities.copy(), None, tie_order(utilities.shape[1], 0), size)
    assert (ranked.scores > 0).all()
    assert (np.diff(ranked.scores, axis=1) <= 0).all()
    assert (ranked.scores.sum(axis=1) <= SCORE_UNITS).all()


@given(UTILITIES)
def test_a_row_is_ranked_the_same_whoever_stands_beside_it(utilities: npt.NDArray[np.float32]) -> None:
    order = tie_order(utilities.shape[1], 0)
    together = rank(utilities.copy(), None, order, 10)
    for number, row in enumerate(utilities):
        alone = rank(row[None, :].copy(), None, order, 10)
        assert alone.items[0].tolist() == together.items[number].tolist()
        assert alone.scores[0].tolist() == together.scores[number].tolist()


def test_what_was_heard_is_left_out_and_the_list_is_shorter() -> None:
    heard = sp.csr_matrix(np.array([[1, 0, 1], [1, 1, 1]], dtype=np.float32))
    ranked = rank(np.array([[3, 2, 1], [1, 2, 3]], dtype=np.float32), heard, np.arange(3, dtype=np.int32), 3)
    assert ranked.items.tolist() == [[1, NOBODY, NOBODY], [NOBODY] * 3]
    assert (ranked.scores[ranked.items == NOBODY] == 0).all()


@given(st.lists(TEXT, min_size=1, max_size=6, unique=True), TEXT, st.data())
def test_whatever_the_ids_hold_a_line_reads_back_as_it_was(
    item_ids: list[str], user_id: str, data: st.DataObject
) -> None:
    size = data.draw(st.integers(0, len(item_ids)))
    scores = sorted(
        data.draw(st.lists(st.integers(1, SCORE_UNITS - 1), min_size=size, max_size=size)), reverse=True
    )
    items = list(range(size))
    blanks = len(item_ids) - size
    ranked = Ranked(
        np.array([items + [NOBODY] * blanks], dtype=np.int32), np.array([scores + [0] * blanks], dtype=np.int64)
    )
    text = b"".join(
        Lines(np.array(item_ids, dtype=object)).write(np.array([user_id], dtype=object), ranked)
    ).decode()
    assert text.endswith('},"error":null}\n')
    assert json.loads(text) == {
        "input": {"userId": user_id},
        "output": {
            "recommendedItems": [item_ids[item] for item in items],
            "scores": [pytest.approx(score / SCORE_UNITS) for score in scores],
        },
        "error": None,
    }


def test_exploration_never_gives_what_was_heard_nor_an_item_twice() -> None:
    people = np.array([f"u{number}" for number in range(200)], dtype=object)
    items = np.tile(np.arange(6, dtype=np.int32), (200, 1))
    ranked = Ranked(items, np.tile(np.arange(6, 0, -1, dtype=np.int64), (200, 1)))
    utilities = np.tile(np.array([9, 8, 2, 6, 5, 4, 1, -np.inf, 3, 0], dtype=np.float32), (200, 1))
    exploration = Exploration(seed=1, share=1.0, slots=3, pool=np.array([2, 6, 7, 8, 9], dtype=np.int32))
    changed, explored = exploration.explore(ranked, people, utilities)
    assert len(explored) == 200
    assert {one.item for one in explored} == {2, 8}  # the better half of 2, 6, 8 and 9
    assert {one.slot for one in explored} == {1, 2, 3}
    assert {one.propensity for one in explored} == {1 / 3 / 2}
    assert all(len(set(row)) == 6 for row in changed.items.tolist())
    assert (changed.scores == ranked.scores).all()


@pytest.mark.parametrize(("age", "expected"), [([3, 30, 31, np.nan, np.nan], [0, 1, 3]), ([np.nan] * 5, [1, 3])])
def test_new_items_are_young_ones_and_little_known_ones_where_ages_are_unknown(
    age: list[float], expected: list[int]
) -> None:
    item = np.repeat(np.arange(5, dtype=np.int32), [4, 1, 4, 1, 4])
    user = np.concatenate([np.arange(n, dtype=np.int32) for n in (4, 1, 4, 1, 4)])
    pairs = Pairs(user, item, np.zeros(len(item), np.int32), np.ones(len(item), np.float32))
    ids = np.array(list("abcde"), dtype=object)
    corpus = Corpus(ids, np.array(age), sp.csr_matrix((5, 0)), pairs, np.zeros(4, np.int32), 1)
    assert new_items(corpus, 30, 3.0).tolist() == expected


def test_an_explored_item_leaves_the_place_where_it_stood() -> None:
    ranked = Ranked(np.array([[4, 5, 6]] * 2, dtype=np.int32), np.array([[9, 8, 7]] * 2))
    changed, explored = Exploration(0, 1.0, 1, np.array([5], dtype=np.int32)).explore(ranked, ANYBODY, INDIFFERENT)
    assert changed.items.tolist() == [[5, 4, 6]] * 2
    assert [one.slot for one in explored] == [1, 1]


def test_whom_exploration_meets_depends_on_their_id_alone() -> None:
    ranked = Ranked(np.array([[0, 1, 2]] * 2, dtype=np.int32), np.array([[9, 8, 7]] * 2))
    exploration = Exploration(0, 0.5, 3, np.array([3, 4], dtype=np.int32))
    people = np.array([f"p{number}" for number in range(40)], dtype=object)

    def explored(*names: str, row: int) -> list[int]:
        lists, _ = exploration.explore(ranked, np.array(names, dtype=object), INDIFFERENT)
        return [int(item) for item in lists.items[row]]

    met = {name: explored(name, "z", row=0) for name in people}
    again = {name: explored("y", name, row=1) for name in people}
    assert met == again
    assert {tuple(row) for row in met.values()} > {(0, 1, 2)}
