"""Judging lists: every metric of every source, against a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from recsource.evaluation import metrics
from recsource.evaluation.bootstrap import Interval, interval
from recsource.evaluation.held_out import Floats, HeldOut, Ints

PLACES = 25


@dataclass(frozen=True, slots=True)
class Past:
    """How well known items were when the lists were made.

    Attributes:
        listeners: by item of the held-out set.
        users: how many users had a history.
    """

    listeners: Floats
    users: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """One source's metrics.

    Attributes:
        by_user: a number for each held-out user, by metric.
        coverage: at 25 places.
    """

    by_user: Mapping[str, Floats]
    coverage: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """One source, compared with the baseline.

    Attributes:
        means: by metric, each with its interval.
        gains: the difference to the baseline, by metric, each with its interval.
        coverage: at 25 places.
    """

    means: Mapping[str, Interval]
    gains: Mapping[str, Interval]
    coverage: float

    def as_dict(self) -> dict[str, object]:
        """As JSON holds it."""
        return asdict(self)


def judge(lists: Ints, held_out: HeldOut, past: Past) -> Judgement:
    """Judge the lists of the held-out users.

    Args:
        lists: users by places, indices of items; what users had played before is not in them.
        held_out: what they played afterwards.
        past: what was known before.
    """
    hits = held_out.hits(lists)
    by_user = {
        "NDCG@10": metrics.ndcg(hits, held_out.relevant, 10),
        "NDCG@25": metrics.ndcg(hits, held_out.relevant, PLACES),
        "precision@25": metrics.precision(hits, PLACES),
        "MRR@25": metrics.reciprocal_rank(hits, PLACES),
        "novelty@25": metrics.novelty(lists, PLACES, past.listeners, past.users),
    }
    return Judgement(by_user, metrics.coverage(lists, PLACES, len(held_out.item_ids)))


def compare(judged: Mapping[str, Judgement], baseline: str, seed: int = 0) -> Mapping[str, Verdict]:
    """Compare sources, user by user.

    Args:
        judged: by source; all on the same held-out users.
        baseline: the source that the others are compared with.
        seed: of the resampling.

    Raises:
        KeyError: the baseline is not among them.
    """
    base = judged[baseline].by_user
    return {
        source: Verdict(
            means={name: interval(values, seed) for name, values in judgement.by_user.items()},
            gains={name: interval(values - base[name], seed) for name, values in judgement.by_user.items()},
            coverage=judgement.coverage,
        )
        for source, judgement in judged.items()
    }
