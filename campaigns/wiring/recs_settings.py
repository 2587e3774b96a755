"""`[recs]` in `winddown.toml` as recsource has it; what recsource objects to is said of its section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

from campaigns.ground.errors import ConfigurationError
from campaigns.settings.recs import RecsSettings
from campaigns.wiring.workspace import Workspace
from recsource.dataset.columns import describe
from recsource.dataset.limits import require_columns
from recsource.dataset.settings import ExportSettings
from recsource.errors import RecsourceError
from recsource.pipeline.parts import Cadence, Result
from recsource.ports import Storage
from recsource.storage.encryption import Encryption
from recsource.storage.opening import open_storage

Source = Literal["local", "personalize"]
_TOLD: Mapping[Source, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "local": (("seed", "repeats"), ("seed", "repeats", "exploring", "explored_slots", "explored_item_age_days")),
    "personalize": (
        ("prefix", "recipe", "hyperparameters", "kms_key"),
        ("filter", "exploration_weight", "exploration_item_age_days"),
    ),
}
"""Those of a source's settings that change what comes of training, and of inferring."""


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Errors inside are those of a setting.

    Args:
        what: the section or key.

    Raises:
        ConfigurationError: recsource objects to it.
    """
    try:
        yield
    except RecsourceError as error:
        raise ConfigurationError(f"{what} in winddown.toml: {error}") from error


def opened_storage(workspace: Workspace) -> Storage:
    """Where runs lie."""
    recs = workspace.settings.recs
    with said_of("[recs.bucket]"):
        encryption = Encryption(recs.bucket.encryption, recs.bucket.kms_key)
    with said_of("`base` under [recs]"):
        return open_storage(
            recs.base,
            workspace.root,
            region=recs.bucket.region or None,
            endpoint_url=recs.bucket.endpoint_url or None,
            encryption=encryption,
        )


def exported(recs: RecsSettings) -> ExportSettings:
    """What of the warehouse is exported, looked at before anything is."""
    chosen = recs.export
    settings = ExportSettings(
        interaction_days=chosen.interaction_days,
        event_weights=chosen.event_weights,
        max_repeats=chosen.max_repeats or None,
        active_days=chosen.active_days or None,
        min_interactions=chosen.min_interactions,
        subscriptions=chosen.subscriptions,
        languages=chosen.languages,
        recipients=chosen.recipients,
        user_metadata=chosen.user_metadata,
        item_metadata=chosen.item_metadata,
    )
    with said_of("[recs.export]"):
        require_columns(describe(settings), list(settings.event_weights))
    return settings


def cadence(recs: RecsSettings) -> Cadence:
    """How old models and batches may grow."""
    return Cadence(
        train=timedelta(days=recs.train_every_days),
        infer=timedelta(days=recs.infer_every_days),
        resume=timedelta(days=recs.resume_days),
    )


def recorded(recs: RecsSettings, source: Source) -> Mapping[str, Result]:
    """What each step is told, for the run's record: those settings that change what comes of it."""
    asked = (recs.personalize if source == "personalize" else recs.local).model_dump(mode="json")
    training, inferring = _TOLD[source]
    return {
        "export": recs.export.model_dump(mode="json"),
        "train": {name: asked[name] for name in training},
        "infer": {"num_results": recs.num_results, **{name: asked[name] for name in inferring}},
        "pull": {"model": recs.model},
    }
