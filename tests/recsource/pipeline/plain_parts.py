"""The parts of a pipeline for tests: a clock that is set by hand, a recommender that says what it was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from personalize_house import MemoryBucket, export

from recsource.dataset.layout import CURRENT, Layout
from recsource.pipeline.judged import Judged
from recsource.pipeline.parts import Parts, Result
from recsource.pipeline.question import Question
from recsource.ports import MODELS, ModelName, Recommender, Storage, Trained

START = datetime(2026, 11, 24, 6, tzinfo=UTC)


@dataclass
class PlainRecommender:
    """Trains and infers at once, and remembers that it did. Implements `recsource.ports.Recommender`."""

    storage: Storage
    name: str = "local"
    asked: list[str] = field(default_factory=list)

    def train(self, run: str) -> Sequence[Trained]:
        self.asked.append(f"train {run}")
        return [Trained(model, f"{run}/{model}", {"ndcg_at_25": 0.25}, {"seed": "7"}) for model in MODELS]

    def infer(self, run: str, trained: Sequence[Trained], num_results: int) -> Sequence[str]:
        self.asked.append(f"infer {run} with {trained[0].reference} for {num_results} items")
        keys = [f"{Layout(run).batch(one.model)}users.jsonl.out" for one in trained]
        for key in keys:
            self.storage.write(key, "{}\n")
        return keys


@dataclass
class HoldingRecommender(PlainRecommender):
    """Keeps what it made somewhere else than in the storage."""

    name: str = "personalize"
    held: dict[str, list[str]] = field(default_factory=dict)

    def train(self, run: str) -> Sequence[Trained]:
        self.held[run] = [f"{run}-model", f"{run}-group"]
        return super().train(run)

    def holdings(self, run: str) -> list[str]:
        return self.held.get(run, [])

    def clear(self, run: str) -> None:
        self.held.pop(run, None)


@dataclass
class Bench:
    """A pipeline's parts, and what became of them.

    Attributes:
        now: the present.
        exported: the moments as of which something was exported.
        told: what people were told.
        asked: what was to be judged.
    """

    storage: Storage = field(default_factory=MemoryBucket)
    recommender: Recommender | None = None
    now: datetime = START
    exported: list[tuple[str, datetime]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    settings: dict[str, Result] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    def parts(self, **changes: Any) -> Parts:
        recommender = self.recommender or PlainRecommender(self.storage)
        self.recommender = recommender
        given = {
            "storage": self.storage,
            "recommender": recommender,
            "export": self._export,
            "judge": self._judge,
            "held_out": None,
            "pull": self._pull,
            "tell": self.told.append,
            "clock": lambda: self.now,
            "settings": self.settings,
        }
        return Parts(**given | changes)

    def _export(self, run: str, moment: datetime) -> Result:
        self.exported.append((run, moment))
        source = MemoryBucket()
        export(source, run)
        for key, text in source.texts.items():
            self.storage.write(key, text)
        return {
            "counts": {"recipients": 60},
            "hashes": {key: str(len(text)) for key, text in source.texts.items()},
        }

    def _judge(self, question: Question) -> Judged:
        self.asked.append(question)
        return Judged(question.window, 0, question.baseline, {}, {}, {})

    def _pull(self, run: str, model: ModelName) -> Result:
        found = {"run": run, "model": model}
        self.storage.write(CURRENT, json.dumps(found))
        return found
