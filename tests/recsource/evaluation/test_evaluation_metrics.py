"""The metrics are the standard ones: scikit-learn's NDCG, and examples that can be counted on fingers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from recsource.evaluation import metrics
from recsource.evaluation.held_out import hold_out

ITEMS = 30


@st.composite
def rankings(draw: st.DrawFn) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Complete rankings of all items, and who finds which relevant: everybody at least one."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    users = draw(st.integers(1, 5))
    relevant = rng.random((users, ITEMS)) < draw(st.sampled_from([0.02, 0.2, 0.9]))
    relevant[:, 0] |= ~relevant.any(axis=1)
    return np.array([rng.permutation(ITEMS) for _ in range(users)]), relevant


@given(rankings(), st.integers(1, ITEMS))
def test_ndcg_is_scikit_learns(drawn: tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]], places: int) -> None:
    order, relevant = drawn
    scores = np.empty(order.shape)
    np.put_along_axis(scores, order, -np.arange(ITEMS, dtype=float)[None, :].repeat(len(order), 0), axis=1)
    hits = np.take_along_axis(relevant, order, axis=1)
    ours = metrics.ndcg(hits, relevant.sum(axis=1), places)
    theirs = [
        ndcg_score([truth], [score], k=places) for truth, score in zip(relevant.astype(int), scores, strict=True)
    ]
    assert ours == pytest.approx(theirs)


def test_precision_counts_missing_places_as_misses() -> None:
    assert metrics.precision(np.array([[True, False]]), 4) == pytest.approx([0.25])


def test_reciprocal_rank_is_of_the_first_hit_within_k() -> None:
    hits = np.array([[False, True, True], [False, False, True], [False, False, False]])
    assert metrics.reciprocal_rank(hits, 2) == pytest.approx([0.5, 0, 0])
    assert metrics.reciprocal_rank(hits, 3) == pytest.approx([0.5, 1 / 3, 0])


def test_coverage_is_the_share_of_candidates_that_anybody_is_shown() -> None:
    lists = np.array([[0, 1, 5], [1, -1, -1]])
    assert metrics.coverage(lists, 2, 8) == pytest.approx(2 / 8)


def test_novelty_is_the_mean_number_of_bits_of_what_is_shown() -> None:
    listeners = np.array([7.0, 1.0, 0.0])  # of 7 users
    lists = np.array([[0, 1], [2, -1], [-1, -1]])
    assert metrics.novelty(lists, 2, listeners, 7) == pytest.approx([(0 + 2) / 2, 3, 0])


def test_held_out_pairs_count_once_and_only_on_candidates() -> None:
    pairs = [("b", "x"), ("a", "y"), ("b", "x"), ("a", "elsewhere"), ("c", "elsewhere")]
    held_out = hold_out(pairs, ["y", "x", "x"])
    assert held_out.user_ids == ("a", "b")
    assert held_out.item_ids == ("x", "y")
    assert held_out.relevant.tolist() == [1, 1]
    assert held_out.hits(np.array([[0, 1], [0, -1]])).tolist() == [[False, True], [True, False]]
