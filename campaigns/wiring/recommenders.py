"""Who recommends, as `[recs]` in `winddown.toml` chooses."""

from __future__ import annotations

from datetime import timedelta

from campaigns.ports.clock import Stopwatch
from campaigns.settings.recs import RecsSettings
from campaigns.wiring.extras import needed_for
from campaigns.wiring.recs_settings import Source, said_of
from campaigns.wiring.workspace import Workspace
from recsource.engine import Engine
from recsource.ports import Recommender, Storage


def recommender(workspace: Workspace, source: Source, storage: Storage) -> Recommender:
    """Who recommends.

    Raises:
        ConfigurationError: a setting is missing or impossible, or an extra is not installed.
    """
    return _local(workspace, storage) if source == "local" else _personalize(workspace.settings.recs, storage)


def _local(workspace: Workspace, storage: Storage) -> Recommender:
    with needed_for('`source = "local"` under [recs]', "local"):
        from recsource.local.recommender import LocalRecommender  # noqa: PLC0415 - an extra
        from recsource.local.settings import LocalSettings  # noqa: PLC0415 - as above
    engine = workspace.settings.engine
    return LocalRecommender(
        storage,
        LocalSettings(**workspace.settings.recs.local.model_dump()),
        lambda: Engine(memory_limit=engine.memory_limit, threads=engine.threads),
        engine.threads,
    )


def _personalize(recs: RecsSettings, storage: Storage) -> Recommender:
    with needed_for('`source = "personalize"` under [recs]', "personalize"):
        from recsource.personalize import PersonalizeRecommender, PersonalizeSettings  # noqa: PLC0415 - an extra
        from recsource.personalize.connection import connect  # noqa: PLC0415 - as above
        from recsource.personalize.waiting import Patience  # noqa: PLC0415 - as above
    chosen = recs.personalize
    longest = timedelta(minutes=chosen.poll_minutes)
    with said_of("[recs.personalize]"):
        settings = PersonalizeSettings(
            role_arn=chosen.role_arn,
            kms_key_arn=chosen.kms_key,
            prefix=chosen.prefix,
            recipe=chosen.recipe,
            hyperparameters=chosen.hyperparameters,
            filter_expression=chosen.filter,
            exploration=chosen.exploration,
            patience=Patience(
                first=min(Patience().first, longest),
                longest=longest,
                deadline=timedelta(hours=chosen.deadline_hours),
            ),
        )
        client = connect(region=chosen.region, endpoint_url=chosen.endpoint_url)
        return PersonalizeRecommender(client, storage, settings, Stopwatch())
