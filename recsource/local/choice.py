"""How much each signal counts: a multinomial logit, learned from what people chose last.

The corpus is looked at as it was a horizon ago; what people heard for the first time since then is what they
chose, out of all that they had not heard. Nothing is held back from the model that is then fitted on everything,
and nothing of what comes after the corpus is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.optimize as so

from recsource.local.arrays import Floats, Longs, Singles
from recsource.local.corpus import Corpus
from recsource.local.popularity import UNPLAYED
from recsource.local.settings import LocalSettings
from recsource.local.signals import Signals, signals_of

PRIOR: tuple[float, ...] = (1.0, 0.5, 0.3, 0.0)
"""The signals' weights before anybody chose anything."""
_PRIOR_CHOOSERS = 20.0  # as many people as the prior counts for
_CHOOSERS = 2_000  # people looked at, at most; their signals are held in memory
_CELLS = 20_000_000  # people times items, at most


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned.

    Attributes:
        values: by signal.
        perplexity: among how many equally likely items the choices might as well have been made, given the
            signals; the few numbers that were learned from these very choices are included.
        popularity_perplexity: the same, given nothing but the items' popularity.
    """

    values: Floats
    perplexity: float
    popularity_perplexity: float


@dataclass(frozen=True, slots=True)
class _Choices:
    """What some people chose, and what the signals said.

    Attributes:
        signals: arrays that broadcast to people by items.
        open: people by items: 0 for what could be chosen, minus infinity for what had been heard.
        person, item: of each choice.
        share: of each choice among the person's.
    """

    signals: tuple[Singles, ...]
    open: Singles
    person: Longs
    item: Longs
    share: Floats

    @property
    def people(self) -> int:
        """How many."""
        return len(self.open)


def learn_weights(corpus: Corpus, settings: LocalSettings) -> Weights:
    """The weights under which the corpus's last choices are likeliest, with a prior for when they are few."""
    earlier = corpus.earlier(settings.horizon_days)
    choosers = _choosers(corpus, settings)
    if not len(earlier.pairs.age) or not len(choosers):
        return Weights(np.array(PRIOR), float(corpus.items), float(corpus.items))
    choices = _choices(corpus, earlier, signals_of(earlier, settings), choosers, settings.horizon_days)

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, slope = _unlikelihood(choices, weights)
        away = weights - PRIOR
        return value + 0.5 * _PRIOR_CHOOSERS * float(away @ away), slope + _PRIOR_CHOOSERS * away

    never_against = [(0.0, None)] * len(PRIOR)
    found: Floats = so.minimize(loss, np.array(PRIOR), jac=True, method="L-BFGS-B", bounds=never_against).x
    of_popularity = np.log(np.maximum(earlier.plays(), UNPLAYED)).astype(np.float32)[None, :]
    popularity = replace(choices, signals=(of_popularity,))
    return Weights(found, _perplexity(choices, found), _perplexity(popularity, np.ones(1)))


def _perplexity(choices: _Choices, weights: Floats) -> float:
    return float(np.exp(_unlikelihood(choices, weights)[0] / choices.people))


def _choosers(corpus: Corpus, settings: LocalSettings) -> Longs:
    """Some of those who chose something in the last horizon, drawn by the seed."""
    recent = np.unique(corpus.pairs.user[corpus.pairs.age < settings.horizon_days]).astype(np.int64)
    most = max(1, min(_CHOOSERS, _CELLS // max(corpus.items, 1)))
    drawn = np.random.default_rng(settings.seed).permutation(len(recent))[:most]
    return np.sort(recent[drawn])


def _choices(corpus: Corpus, earlier: Corpus, signals: Signals, choosers: Longs, horizon: int) -> _Choices:
    history = earlier.history()[choosers]
    by_history, by_metadata = signals.affinities(history, corpus.group[choosers])
    warmth = signals.warmth.astype(np.float32)
    still_open = np.zeros(by_history.shape, np.float32)
    still_open[np.repeat(np.arange(len(choosers)), np.diff(history.indptr)), history.indices] = -np.inf
    chosen = corpus.pairs.where((corpus.pairs.age < horizon) & np.isin(corpus.pairs.user, choosers))
    person = np.searchsorted(choosers, chosen.user).astype(np.int64)
    return _Choices(
        signals=(
            signals.forecast.astype(np.float32)[None, :],
            by_history * warmth,
            by_metadata,
            by_metadata * (1 - warmth),
        ),
        open=still_open,
        person=person,
        item=chosen.item.astype(np.int64),
        share=1 / np.bincount(person)[person],
    )


def _unlikelihood(choices: _Choices, weights: Floats) -> tuple[float, Floats]:
    """Minus the sum of each person's mean log-likelihood, and its slope."""
    utility = choices.open.copy()
    for weight, signal in zip(weights.astype(np.float32), choices.signals, strict=True):
        utility += weight * signal
    utility -= utility.max(axis=1, keepdims=True)
    chosen = utility[choices.person, choices.item].astype(np.float64)
    chances = np.exp(utility, out=utility)
    totals = chances.sum(axis=1, keepdims=True)
    chances /= totals
    value = choices.share @ (np.log(totals[choices.person, 0]) - chosen)
    slope = [
        np.vdot(chances, np.broadcast_to(signal, chances.shape)) - choices.share @ _at(signal, choices)
        for signal in choices.signals
    ]
    return float(value), np.array(slope, np.float64)


def _at(signal: Singles, choices: _Choices) -> Singles:
    return np.broadcast_to(signal, choices.open.shape)[choices.person, choices.item]
