"""Recommendations: the parts of the pipeline, as `[recs]` in `winddown.toml` chooses them.

A DAG calls each step as cron's `winddown recs run` does, with a workspace and a run's id:

    parts = recs_parts(Workspace.open(root, system_clock, Silent()))
    steps.export(parts, "20261124")
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from campaigns.ground.errors import ConfigurationError
from campaigns.wiring.extras import needed_for
from campaigns.wiring.recommenders import recommender
from campaigns.wiring.recs_settings import Source, cadence, exported, opened_storage, recorded
from campaigns.wiring.recs_warehouse import open_tables, warehouse
from campaigns.wiring.telling import batch_sentence
from campaigns.wiring.workspace import Workspace
from recsource.batch import Batch
from recsource.dataset.export import export
from recsource.dataset.layout import Layout
from recsource.dataset.settings import ExportSettings
from recsource.pipeline.parts import Parts, Result
from recsource.pipeline.pull import clear_batches, current_batch, find_files, pull
from recsource.pipeline.question import Contestant, Question
from recsource.ports import ModelName, Storage

if TYPE_CHECKING:  # it needs an extra
    from recsource.pipeline.judged import Judged

_LOG = logging.getLogger(__name__)


def recs_parts(workspace: Workspace, source: Source | None = None) -> Parts:
    """What the pipeline's steps work with.

    Args:
        workspace: whose.
        source: who recommends; as `winddown.toml` says where left out.

    Raises:
        ConfigurationError: a setting is missing or impossible, or an extra is not installed.
    """
    recs = workspace.settings.recs
    storage, folder, wanted = opened_storage(workspace), _batch_folder(workspace), exported(recs)
    chosen = source or recs.source
    return Parts(
        storage=storage,
        recommender=recommender(workspace, chosen, storage),
        export=lambda run, moment: _export(workspace, wanted, storage, run, moment),
        judge=lambda question: _judge(workspace, storage, question),
        pull=lambda run, model: _pull(workspace, chosen, storage, folder, run, model),
        tell=workspace.notifier().tell,
        clock=workspace.clock,
        settings=recorded(recs, chosen),
        num_results=recs.num_results,
        model=recs.model,
        cadence=cadence(recs),
        held_out=timedelta(days=recs.held_out_days) if chosen == "local" or recs.personalize.held_out else None,
    )


def _export(workspace: Workspace, wanted: ExportSettings, storage: Storage, run: str, moment: datetime) -> Result:
    with workspace.engine() as engine, workspace.progress.stage("Exporting"):
        return asdict(export(warehouse(workspace, engine, storage, run), wanted, storage, run, moment))


def _judge(workspace: Workspace, storage: Storage, question: Question) -> Judged:
    """Batches are judged by the interactions under [data], from wherever the dataset was exported."""
    with needed_for("`winddown recs evaluate`", "local"):
        from recsource.pipeline.judging import Told, judge_batches  # noqa: PLC0415 - an extra
    with workspace.engine() as engine, workspace.progress.stage("Judging"), TemporaryDirectory() as drafts:
        open_tables(workspace, engine)
        batches = {
            name: _fetched(storage, one, Path(drafts) / str(number))
            for number, (name, one) in enumerate(question.contestants.items())
        }
        events = list(workspace.settings.recs.export.event_weights)
        told = Told(_recipients(storage, question.runs), events, question.window, question.baseline)
        return judge_batches(engine, batches, told)


def _recipients(storage: Storage, runs: Sequence[str]) -> list[str]:
    """The people whom all of the runs recommend to."""
    texts = [storage.read(Layout(run).recipients) or "" for run in runs]
    people = [{str(json.loads(line)["userId"]) for line in text.splitlines()} for text in texts]
    return sorted(set.intersection(*people))


def _fetched(storage: Storage, batch: Contestant, folder: Path) -> Batch:
    """A batch's files, here for as long as the folder is."""
    found = find_files(storage, batch.run, batch.model)
    folder.mkdir()
    paths = [folder / f"{number}.out" for number in range(len(found))]
    for file, path in zip(found, paths, strict=True):
        storage.get(file.key, path)
    return Batch(tuple(paths), min(file.modified_at for file in found))


def forget_batches(workspace: Workspace, keep: int) -> None:
    """Remove pulled batches but the current one and the `keep` latest others."""
    clear_batches(_batch_folder(workspace), keep)


def _pull(
    workspace: Workspace, source: Source, storage: Storage, folder: Path, run: str, model: ModelName
) -> Result:
    """Make a batch the current one; people are told of one that was not."""
    before, notifier = current_batch(folder), workspace.notifier()
    with workspace.engine() as engine, workspace.progress.stage("Pulling"):
        pulled = pull(storage, run, model, folder, engine)
    counts = {"people": pulled.counts.offered, "pairs": pulled.counts.pairs}
    _LOG.info("batch ready", extra={"recs_run": run, **counts})
    if pulled.identity != before:
        notifier.tell(batch_sentence(pulled, source))
    return pulled.as_dict()


def _batch_folder(workspace: Workspace) -> Path:
    """The folder that plans read their batch from.

    Raises:
        ConfigurationError: the setting names files, which a new batch could not replace all at once.
    """
    pattern = workspace.settings.data.recommendations
    folder = workspace.root / pattern
    if folder.is_file() or any(sign in pattern for sign in "*?["):
        raise ConfigurationError(
            f"`recommendations` under [data] in winddown.toml is {pattern!r}; wanted a folder, "
            "in which `winddown recs pull` can put a batch and make it the current one"
        )
    return folder
