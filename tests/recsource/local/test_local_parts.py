"""The parts of the model: closed forms are what their papers say, and the forecast and the weights learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recsource.local.choice import PRIOR, learn_weights
from recsource.local.corpus import Corpus, Pairs
from recsource.local.features import Column, features_of
from recsource.local.forecast import forecast
from recsource.local.linear import content, ease, gram, neighbours
from recsource.local.settings import LocalSettings

RNG = np.random.default_rng(2)
HISTORY = sp.csr_matrix((RNG.random((40, 12)) < 0.3).astype(np.float32))
TOGETHER = (HISTORY.T @ HISTORY).toarray().astype(np.float64)


def test_the_gram_matrix_counts_who_played_both() -> None:
    assert gram(HISTORY) == pytest.approx(TOGETHER)


def test_ease_is_the_closed_form_of_its_paper() -> None:
    inverse = np.linalg.inv(TOGETHER + 3 * np.eye(12))
    wanted = np.eye(12) - inverse / np.diag(inverse)
    assert ease(TOGETHER.copy(), 3.0) == pytest.approx(wanted, abs=1e-5)


def test_ease_solves_the_regression_of_each_item_on_the_others() -> None:
    dense = HISTORY.toarray().astype(np.float64)
    others = np.delete(dense, 5, axis=1)
    alone = np.linalg.solve(others.T @ others + 3 * np.eye(11), others.T @ dense[:, 5])
    assert np.delete(ease(TOGETHER.copy(), 3.0)[:, 5], 5) == pytest.approx(alone, abs=1e-5)


def test_an_item_that_nobody_played_has_no_weights() -> None:
    played = HISTORY.toarray()
    played[:, 4] = 0
    weights = ease(gram(sp.csr_matrix(played)), 3.0)
    assert not weights[4].any()
    assert not weights[:, 4].any()
    assert weights.any()


def test_an_item_is_spoken_for_by_its_nearest_alone() -> None:
    lengths = np.sqrt(np.diag(TOGETHER))
    cosine = TOGETHER / (np.outer(lengths, lengths) + 2)
    np.fill_diagonal(cosine, 0)
    for ours, column in zip(neighbours(TOGETHER, 3, 2.0).T, cosine.T, strict=True):
        kept = np.flatnonzero(ours)
        assert ours[kept] == pytest.approx(column[kept])
        assert column[kept].min() == pytest.approx(np.sort(column)[-3])


def test_content_is_the_bilinear_closed_form() -> None:
    features = sp.csr_matrix(RNG.random((12, 5)))
    dense, identity = features.toarray(), np.eye(5)
    others = TOGETHER - np.diag(np.diag(TOGETHER))
    left = np.linalg.inv(dense.T @ TOGETHER @ dense + 7 * identity)
    right = np.linalg.inv(dense.T @ dense + 2 * identity)
    wanted = dense @ left @ dense.T @ others @ dense @ right @ dense.T
    assert content(TOGETHER, features, (7.0, 2.0)) == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def test_features_are_words_and_bins_of_length_one_and_rare_words_weigh_more() -> None:
    columns = {
        "TOPIC": Column("categorical", ["sea|night", "sea", "sea", None]),
        "LENGTH": Column("numeric", [None, "1", "100", "100"]),
    }
    features = features_of(columns, 4).toarray()
    assert features.shape == (4, 4)
    assert np.linalg.norm(features, axis=1) == pytest.approx([1, 1, 1, 1])
    night, sea = features[0][features[0] > 0]
    assert night > sea
    assert features[2] == pytest.approx(features[3] + features[2] * (features[3] == 0), abs=1)


def test_without_metadata_features_are_empty_and_the_order_of_columns_does_not_matter() -> None:
    assert features_of({}, 3).shape == (3, 0)
    a, b = Column("categorical", ["x", "y", "x"]), Column("numeric", ["1", "2", None])
    assert (features_of({"A": a, "B": b}, 3) != features_of({"B": b, "A": a}, 3)).nnz == 0


def _corpus(plays: list[tuple[int, int, int]], item_age: list[float], kinds: list[str]) -> Corpus:
    """A corpus of (user, item, age) rows."""
    rows = np.array(sorted(plays), dtype=np.int32).reshape(-1, 3)
    users = int(rows[:, 0].max()) + 1
    return Corpus(
        item_ids=np.array([f"i{number}" for number in range(len(kinds))], dtype=object),
        item_age=np.array(item_age),
        features=features_of({"KIND": Column("categorical", kinds)}, len(kinds)),
        pairs=Pairs(rows[:, 0], rows[:, 1], rows[:, 2], np.ones(len(rows), np.float32)),
        group=np.zeros(users, np.int32),
        groups=1,
    )


def _launches() -> Corpus:
    """Every week, a hit and a flop come out: all hear the hit in its first days, and hardly anybody the flop.

    The last two came out today; the metadata says which is which.
    """
    plays, ages, kinds = [], [], []
    for week in range(20):
        hit, flop = len(kinds), len(kinds) + 1
        born = 7 * week
        plays += [(user, hit, max(born - user % 5, 0)) for user in range(30) if week]
        plays += [(user, flop, max(born - 1, 0)) for user in range(2) if week]
        ages += [born + 0.5, born + 0.5]
        kinds += ["hit", "flop"]
    return _corpus(plays, ages, kinds)


def test_a_new_hit_is_forecast_above_a_new_flop_and_above_last_months_hit() -> None:
    expected = forecast(_launches(), 14, 3.0)
    new_hit, new_flop, old_hit = expected[0], expected[1], expected[2 * 5]
    assert new_hit > new_flop + 1
    assert new_hit > old_hit + 1


def test_the_forecast_of_a_new_hit_is_about_what_hits_won() -> None:
    assert np.exp(forecast(_launches(), 14, 3.0)[0]) == pytest.approx(30, rel=0.5)


def test_a_corpus_of_a_single_day_can_be_forecast() -> None:
    expected = forecast(_corpus([(0, 0, 0), (1, 0, 0), (1, 1, 0)], [np.nan] * 3, ["a", "b", "a"]), 14, 3.0)
    assert np.isfinite(expected).all()


def test_an_earlier_corpus_knows_nothing_of_what_came_later() -> None:
    earlier = _launches().earlier(14)
    assert earlier.pairs.age.min() >= 0
    assert not np.isin([0, 1, 2, 3], earlier.pairs.item).any()
    assert earlier.item_age[0] == pytest.approx(-13.5)


def _fans() -> Corpus:
    """Two kinds of items; users keep to one of them, and half of what they play, they play in the last days."""
    rng = np.random.default_rng(4)
    plays = [
        (user, int(item) * 2 + user % 2, int(rng.integers(0, 28)))
        for user in range(200)
        for item in rng.choice(20, 6, replace=False)
    ]
    return _corpus(plays, [200.0] * 40, ["even", "odd"] * 20)


def test_weights_turn_to_the_signals_that_explain_choices() -> None:
    learned = learn_weights(_fans(), LocalSettings())
    assert learned.values[1] + learned.values[2] > PRIOR[1] + PRIOR[2]
    assert learned.perplexity < 25 < learned.popularity_perplexity


def test_no_signal_counts_against_itself() -> None:
    rng = np.random.default_rng(6)
    corpus = _fans()
    at_random = replace(corpus.pairs, item=rng.permutation(corpus.pairs.item))
    order = np.lexsort((at_random.item, at_random.user))
    pairs = Pairs(at_random.user[order], at_random.item[order], at_random.age[order], at_random.plays[order])
    assert (learn_weights(replace(corpus, pairs=pairs), LocalSettings()).values >= 0).all()


def test_without_a_past_the_weights_are_those_one_begins_with() -> None:
    young = _corpus([(0, 0, 1), (1, 1, 2)], [5.0, 5.0], ["a", "b"])
    assert learn_weights(young, LocalSettings()).values == pytest.approx(PRIOR)
