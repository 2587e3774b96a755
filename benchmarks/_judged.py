"""Models judged by what came after the split: every one ranks every candidate, and is looked at alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recsource.engine import Engine
from recsource.evaluation.held_out import HeldOut, Ints, hold_out
from recsource.evaluation.judging import PLACES, Judgement, Past, compare, judge
from recsource.evaluation.table import table
from recsource.local.arrays import Singles, Sparse, one_blas_thread
from recsource.local.baselines import fit_baselines
from recsource.local.corpus import Corpus, history_of
from recsource.local.model import fit
from recsource.local.ranking import rank, tie_order
from recsource.local.reading import fetch, read_corpus
from recsource.local.scorer import Scorer
from recsource.local.settings import LocalSettings
from recsource.storage.folder import Folder

BASELINE, SHIPPED = "popularity", "shipped model"
EASE_PENALTIES = (100.0, 500.0)
_BLOCK = 500  # people


Ranker = Callable[[Ints], Singles]
"""Utilities of all items to some users, by their indices; a user of whom nothing is known comes after the last."""


@dataclass(frozen=True)
class Dataset:
    """A corpus, and who its users are; behind the last stands whoever is unknown, with an empty history."""

    corpus: Corpus
    user_ids: Sequence[str]

    @cached_property
    def history(self) -> Sparse:
        """Users by items."""
        pairs = self.corpus.pairs
        return history_of(pairs.user, pairs.item, (self.corpus.users + 1, self.corpus.items))

    @cached_property
    def group(self) -> npt.NDArray[np.int32]:
        """Each user's."""
        return np.append(self.corpus.group, 0).astype(np.int32)

    def rows(self, user_ids: Sequence[str]) -> Ints:
        """Indices of users."""
        place = {user_id: number for number, user_id in enumerate(self.user_ids)}
        return np.array([place.get(user_id, self.corpus.users) for user_id in user_ids])

    def columns(self, item_ids: Sequence[str]) -> Ints:
        """Indices of items."""
        place = {item_id: number for number, item_id in enumerate(self.corpus.item_ids)}
        return np.array([place[item_id] for item_id in item_ids])


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgements by method, and the lists that they are of."""

    judgements: Mapping[str, Judgement]
    lists: Mapping[str, Ints]
    held_out: HeldOut

    @property
    def best_simple(self) -> str:
        """The simple method of the highest NDCG@25."""
        return max(simple_methods(), key=self._ndcg)

    def ratio(self) -> float:
        """NDCG@25 of the shipped model to that of the best simple method."""
        return self._ndcg(SHIPPED) / self._ndcg(self.best_simple)

    def _ndcg(self, method: str) -> float:
        return float(self.judgements[method].by_user["NDCG@25"].mean())

    def show(self, title: str) -> None:
        """Print the table, and whether the shipped model's lead over the best simple method could be chance."""
        users, pairs = len(self.held_out.user_ids), len(self.held_out.keys)
        print(f"\n{title}: {users:,} people, {pairs:,} plays, {len(self.held_out.item_ids):,} items\n")
        print(table(compare(self.judgements, BASELINE), BASELINE))
        lead = compare(self.judgements, self.best_simple)[SHIPPED].gains["NDCG@25"]
        interval = f"{lead.mean:+.4f} ({lead.low:+.4f} to {lead.high:+.4f})"
        print(f"\n{SHIPPED} over {self.best_simple}: NDCG@25 {interval}, {self.ratio():.3f} x", flush=True)


def simple_methods() -> list[str]:
    """What the shipped model is to beat."""
    return [
        BASELINE,
        "recent popularity",
        "item-kNN",
        *(f"EASE, penalty {penalty:g}" for penalty in EASE_PENALTIES),
    ]


def read_dataset(root: Path, run: str, folder: Path, at: int | None = None) -> Dataset:
    """A run's dataset."""
    with Engine(threads=2) as engine:
        corpus = read_corpus(engine, fetch(Folder(root), run, folder), LocalSettings().similar_by, at)
        users = engine.rows("SELECT user_id FROM listener ORDER BY user_no")
    return Dataset(corpus, [str(user_id) for (user_id,) in users])


def methods(dataset: Dataset) -> dict[str, Ranker]:
    """Every simple method, and the shipped model."""
    corpus = dataset.corpus
    fitted: dict[str, Scorer] = {}
    for penalty in EASE_PENALTIES:
        baselines = dict(fit_baselines(corpus, penalty))
        fitted[f"EASE, penalty {penalty:g}"] = baselines.pop("EASE")
        fitted |= baselines
    chosen = {name: fitted[name] for name in simple_methods()} | {SHIPPED: fit(corpus, LocalSettings()).model}
    return {name: _ranker(dataset, scorer) for name, scorer in chosen.items()}


def _ranker(dataset: Dataset, scorer: Scorer) -> Ranker:
    def utilities(rows: Ints) -> Singles:
        return scorer.utilities(dataset.history[rows], dataset.group[rows])

    return utilities


def judged(
    dataset: Dataset, rankers: Mapping[str, Ranker], pairs: Iterable[tuple[str, str]], candidates: Iterable[str]
) -> Judged:
    """Have every method rank the candidates for the people of the pairs."""
    held_out = hold_out(list(pairs), list(candidates))
    with one_blas_thread():
        lists = {name: _lists(dataset, held_out, ranker) for name, ranker in rankers.items()}
    corpus = dataset.corpus
    listeners = corpus.listeners()[dataset.columns(held_out.item_ids)]
    past = Past(listeners, len(np.unique(corpus.pairs.user)))
    found = {name: judge(shown, held_out, past) for name, shown in lists.items()}
    return Judged(found, lists, held_out)


def _lists(dataset: Dataset, held_out: HeldOut, ranker: Ranker) -> Ints:
    """The first places, of the candidates that somebody had not heard."""
    rows, columns = dataset.rows(held_out.user_ids), dataset.columns(held_out.item_ids)
    order = tie_order(len(columns), LocalSettings().seed)
    parts = []
    for first in range(0, len(rows), _BLOCK):
        some = rows[first : first + _BLOCK]
        heard = dataset.history[some][:, columns].tocsr()
        parts.append(rank(np.ascontiguousarray(ranker(some)[:, columns]), heard, order, PLACES).items)
    return np.concatenate(parts).astype(np.int64)
