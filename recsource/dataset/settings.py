"""What of the warehouse is exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal


def _weights() -> Mapping[str, float]:
    return MappingProxyType({"listen": 1.0, "complete": 2.0, "favourite": 3.0})


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What of the warehouse is exported; each of it a choice that an operator makes in winddown.toml.

    Attributes:
        interaction_days: how far back interactions go.
        event_weights: the kinds of events that count, each with its EVENT_VALUE; others are left out.
        max_repeats: how many of a user's interactions with one item are kept, the most recent ones; None for all.
            People replay one beloved story nightly: without a cap, a model learns to recommend what was heard.
        active_days: only users whose last interaction that counts is not older; None for any.
        min_interactions: only users with at least so many that count, repeats included.
        subscriptions: only users with one of these; empty for any.
        languages: only users with one of these; empty for any.
        recipients: who gets recommendations, of those who consent to email and pass the two filters above:
            `active` for those whose interactions are exported, `everyone` for newcomers and sleepers too.
        user_metadata: columns of `users` to train with, and `favourite_time`, which is computed as of the export.
        item_metadata: columns of `items` to train with.
    """

    interaction_days: int = 365
    event_weights: Mapping[str, float] = field(default_factory=_weights)
    max_repeats: int | None = 3
    active_days: int | None = 180
    min_interactions: int = 1
    subscriptions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    recipients: Literal["active", "everyone"] = "everyone"
    user_metadata: tuple[str, ...] = ("language", "country", "subscription")
    item_metadata: tuple[str, ...] = (
        "kind",
        "narrator",
        "duration_s",
        "language",
        "topic",
        "voice_depth",
        "for_kids",
        "collection_id",
    )
