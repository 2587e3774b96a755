"""`winddown recs serve`: the current batch, under an application's rules, onto its Redis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from campaigns.assignment.assigning import assign
from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import TOTAL_SHARDS, Experiment
from campaigns.plan.inputs import Inputs, find_inputs
from campaigns.plan.manifest import fingerprint
from campaigns.settings.recs import ServingSettings
from campaigns.wiring.extras import needed_for
from campaigns.wiring.workspace import Workspace
from recsource.batch import require_fresh, require_sound
from recsource.engine import Engine, Queries
from recsource.pipeline.parts import Result
from recsource.rules.composition import slots
from recsource.rules.rule import Occasion
from recsource.serving.trial import Arm, Shards, Source, Trial

if TYPE_CHECKING:  # it needs an extra
    from recsource.serving.loading import Loader

_SQL = Queries("campaigns")


def serve_picks(workspace: Workspace, to: str) -> Result:
    """Load the current batch, and let readers see it; the same batch, inputs and rules on one day are one version.

    Args:
        workspace: whose.
        to: Redis's address; as `winddown.toml` says where empty.

    Raises:
        BatchRefusedError: the batch is too old or too bad, or leaves nobody anything.
        InputError: an input is missing or wrong.
        ServingError: Redis refuses.
    """
    settings = workspace.settings.recs.serving
    now = workspace.clock()
    inputs = find_inputs(workspace.settings.data, workspace.root)
    require_fresh(inputs.batch, timedelta(days=settings.max_age_days), now)
    as_of = datetime(now.year, now.month, now.day, tzinfo=UTC)
    version = _version(workspace, inputs, as_of)
    occasion = Occasion(as_of, Edition.on("recs", as_of.date()).name, settings.prefix, slots(settings.rules))
    with _loader(workspace, to) as loader, workspace.engine() as engine:
        from recsource.serving.made import make  # noqa: PLC0415 - as the loader

        with workspace.progress.stage("Checking the inputs"):
            inputs.open(engine)
        with workspace.progress.stage("Making picks"):
            trial = _enrol(engine, settings, occasion.edition)
            about, counts = make(engine, inputs.batch, settings.rules, occasion, version, trial)
            require_sound(counts.batch, settings.max_bad_share)
        with workspace.progress.stage("Loading", about.people) as step:
            loaded = loader.load(engine, about, step)
    return asdict(loaded) | {"rules": [asdict(rule) for rule in counts.rules]}


def roll_back_picks(workspace: Workspace, to: str) -> str:
    """Let readers see the previous version again; which one that is.

    Raises:
        ServingError: there is none that is still there, or Redis refuses.
    """
    with _loader(workspace, to) as loader:
        return loader.roll_back()


@contextmanager
def _loader(workspace: Workspace, to: str) -> Iterator[Loader]:
    settings: ServingSettings = workspace.settings.recs.serving
    url = to or settings.url.get_secret_value()
    if not url:
        raise ConfigurationError(
            "serve: found no address of a Redis; wanted --to redis://host:6379/0, or `url` under [recs.serving]"
        )
    with needed_for("`winddown recs serve`", "redis"):
        from recsource.serving.loading import open_loader  # noqa: PLC0415 - an extra
    with open_loader(url, settings.prefix, timedelta(days=settings.keep_days), workspace.clock) as loader:
        yield loader


def _enrol(engine: Engine, settings: ServingSettings, edition: str) -> Trial | None:
    """Assign those who take part in the application's experiment, if there is one: what its readers must know."""
    if settings.experiment is None:
        return None
    experiment, since = settings.experiment.experiment(), settings.enrols_from
    since = since.astimezone(UTC) if since and since.tzinfo else since and since.replace(tzinfo=UTC)
    engine.run(_SQL("serving/enrolled", enrols_from=since, forced=list(experiment.forced)))
    assign(engine, "enrolled", experiment, edition)
    return trial_of(experiment, edition, since)


def trial_of(experiment: Experiment, edition: str, enrols_from: datetime | None = None) -> Trial:
    """An experiment as an application's reader must know it.

    Args:
        experiment: as declared.
        edition: the ISO week, such as `2026-W47`.
        enrols_from: people who signed up earlier take no part (UTC).
    """
    layer = experiment.layer
    return Trial(
        experiment=experiment.name,
        salt=experiment.salt_in(edition),
        traffic=Shards(experiment.traffic_salt, 0, round(experiment.traffic * TOTAL_SHARDS)),
        baseline=experiment.baseline,
        arms=tuple(
            Arm(variant.name, cast("Source", variant.source), variant.first_shard, variant.end_shard)
            for variant in experiment.variants
        ),
        layer=Shards(layer.salt, layer.first_shard, layer.end_shard) if layer else None,
        runs=experiment.runs_in(edition),
        forced=experiment.forced,
        enrols_from=enrols_from,
    )


def _version(workspace: Workspace, inputs: Inputs, as_of: datetime) -> str:
    """The same for the same picks: so a load that was broken off is gone on with, and a day has its own."""
    files = inputs.fingerprints(workspace.root)
    known_by = fingerprint(
        {
            "inputs": {name: [asdict(file) for file in found] for name, found in files.items()},
            "settings": workspace.settings.recs.serving.model_dump(
                mode="json", include={"rules", "experiment", "enrols_from"}
            ),
        }
    )
    return f"{as_of:%Y%m%d}-{known_by[:12]}"
