"""The embedded recommender, as the pipeline sees it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, cast

from recsource.dataset.layout import TABLES, Layout
from recsource.engine import Engine
from recsource.errors import DatasetError, InferenceError, RecsourceError, TrainingError
from recsource.local.batch import Batch
from recsource.local.corpus import Corpus
from recsource.local.exploring import Exploration, new_items, no_exploration
from recsource.local.model import Model, fit
from recsource.local.popularity import Popularity, count_plays
from recsource.local.reading import fetch, read_corpus, read_recipients
from recsource.local.saving import load, save
from recsource.local.settings import LocalSettings
from recsource.ports import ModelName, Storage, Trained

MOST = 500
"""Items a person, as Personalize has it."""
EXPLORED = "explored.jsonl"
"""Beside the batch: `{"userId", "slot", "itemId", "propensity"}`, a line for each item that is there by chance."""


@dataclass(frozen=True, slots=True)
class _Files:
    """The keys of a model's files."""

    folder: str

    @property
    def model(self) -> str:
        return f"{self.folder}model.npz"

    @property
    def trained(self) -> str:
        """Written when the model is whole: what it was trained on, and how well it does."""
        return f"{self.folder}model.json"


class LocalRecommender:
    """Implements `recsource.ports.Recommender`.

    As on Personalize, a model recommends by the history that it was trained on, whatever run the people are of.

    Args:
        storage: where runs lie.
        settings: how to train and recommend.
        open_engine: opens what reads datasets.
        threads: how many blocks of people are ranked at the same time; None for one a core.
    """

    name: ClassVar[str] = "local"

    def __init__(
        self,
        storage: Storage,
        settings: LocalSettings,
        open_engine: Callable[[], Engine] = Engine,
        threads: int | None = None,
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._open_engine = open_engine
        self._threads = threads or os.cpu_count() or 1

    def train(self, run: str) -> Sequence[Trained]:
        """See the port. Training again on the same files with the same settings does nothing."""
        basis = self._basis(run)
        done = [self._done(run, model, basis) for model in ("personalised", "popularity")]
        if all(done):
            return cast("list[Trained]", done)
        with self._corpus(run, TrainingError) as (corpus, _), TemporaryDirectory(prefix="winddown-") as folder:
            popularity = count_plays(corpus)
            self._keep(run, "popularity", popularity, Path(folder))
            fitted = fit(corpus, self._settings)
            self._keep(run, "personalised", fitted.model, Path(folder))
        return [
            self._record(run, "personalised", fitted.perplexity, basis, _weights(fitted.model)),
            self._record(run, "popularity", fitted.popularity_perplexity, basis, {}),
        ]

    def infer(self, run: str, trained: Sequence[Trained], num_results: int) -> Sequence[str]:
        """See the port; `explored.jsonl` beside the personalised batch says what is there by chance."""
        if not 1 <= num_results <= MOST:
            raise InferenceError(f"local: num_results is {num_results}; wanted 1 to {MOST}")
        keys: list[str] = []
        for one in trained:
            with self._corpus(_run_of(one), InferenceError) as (corpus, engine):
                keys.append(self._infer(run, one, num_results, corpus, engine))
        return keys

    def _infer(self, run: str, trained: Trained, size: int, corpus: Corpus, engine: Engine) -> str:
        layout = Layout(run)
        folder = layout.batch(trained.model)
        key = f"{folder}{layout.recipients.rpartition('/')[2]}.out"
        personalised = trained.model == "personalised"
        with TemporaryDirectory(prefix="winddown-") as drafts:
            people, model, lines, explored = (
                Path(drafts) / name for name in ("users.jsonl", "model.npz", "lines.out", EXPLORED)
            )
            self._storage.get(layout.recipients, people)
            self._storage.get(trained.reference, model)
            batch = Batch(
                scorer=load(model),
                history=corpus.history(),
                size=size,
                seed=self._settings.seed,
                exploration=self._exploration(corpus) if personalised else no_exploration(),
                repeats=self._settings.repeats,
                threads=self._threads,
            )
            with lines.open("wb") as to_lines, explored.open("wb") as to_explored:
                batch.write(read_recipients(engine, people), to_lines, to_explored)
            if personalised:
                self._storage.put(explored, f"{folder}{EXPLORED}")
            self._storage.put(lines, key)
        return key

    def _exploration(self, corpus: Corpus) -> Exploration:
        settings = self._settings
        pool = new_items(corpus, settings.explored_item_age_days, settings.prior_plays)
        return Exploration(settings.seed, settings.exploring, settings.explored_slots, pool)

    @contextmanager
    def _corpus(self, run: str, failing: type[RecsourceError]) -> Iterator[tuple[Corpus, Engine]]:
        """A run's corpus, and the engine that has read it."""
        with TemporaryDirectory(prefix="winddown-") as folder, self._open_engine() as engine:
            try:
                corpus = read_corpus(engine, fetch(self._storage, run, Path(folder)), self._settings.similar_by)
            except DatasetError as error:
                raise failing(f"local: {error}") from error
            yield corpus, engine

    def _basis(self, run: str) -> str:
        """What a model depends on: the dataset's files and the settings."""
        layout = Layout(run)
        files = [file for name in TABLES for file in self._storage.files(layout.table(name))]
        known = [[file.key, file.size, file.version] for file in files]
        return sha256(json.dumps([known, asdict(self._settings)]).encode()).hexdigest()

    def _keep(self, run: str, model: ModelName, scorer: Model | Popularity, folder: Path) -> None:
        path = folder / "model.npz"
        save(scorer, path)
        self._storage.delete([_files(run, model).trained])  # it would speak of the model that is replaced
        self._storage.put(path, _files(run, model).model)
        path.unlink()

    def _record(
        self, run: str, model: ModelName, perplexity: float, basis: str, details: dict[str, str]
    ) -> Trained:
        metrics = {"perplexity": round(perplexity, 2)}
        trained = Trained(model, _files(run, model).model, metrics, {**details, "basis": basis})
        self._storage.write(_files(run, model).trained, json.dumps(asdict(trained), indent=2) + "\n")
        return trained

    def _done(self, run: str, model: ModelName, basis: str) -> Trained | None:
        """What was trained of the same dataset with the same settings."""
        text = self._storage.read(_files(run, model).trained)
        trained = Trained(**json.loads(text)) if text else None
        return trained if trained and trained.details.get("basis") == basis else None


def _files(run: str, model: ModelName) -> _Files:
    return _Files(Layout(run).batch(model))


def _run_of(trained: Trained) -> str:
    """The run that a model was trained in, out of its key."""
    _, run, *_ = trained.reference.split("/")
    return run


def _weights(model: Model) -> dict[str, str]:
    names = ("forecast", "history", "metadata", "cold_metadata")
    return {f"weight_{name}": f"{value:.4f}" for name, value in zip(names, model.weights, strict=True)}
