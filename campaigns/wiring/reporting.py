"""The reporting of what was sent: one edition, several of one experiment, or a test inside the app."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import TOTAL_SHARDS, Experiment, Scheme, Variant
from campaigns.ground.metric import MetricName
from campaigns.logs.writing import about
from campaigns.plan.declared import declared
from campaigns.plan.edition_folder import EditionFolder
from campaigns.ports.notifier import Notifier
from campaigns.report import Assignments, Exposures, report, report_in_app
from campaigns.wiring.telling import report_sentence, verdicts_before
from campaigns.wiring.workspace import Workspace

if TYPE_CHECKING:
    from campaigns.report.edition import Reported

_LOG = logging.getLogger(__name__)


def report_edition(workspace: Workspace, edition: Edition) -> Reported:
    """Treatment against control in one edition, written to its folder.

    Raises:
        ConfigurationError: the edition is not planned.
    """
    folder = workspace.folder(edition)
    with about(edition=str(edition)):
        return _report(workspace, [folder], declared(folder.require_manifest()), folder.path)


def report_editions(workspace: Workspace, first: Edition, last: Edition) -> Reported:
    """All planned editions from one to another, written to a folder of their own under the campaign's `reports`.

    Raises:
        ConfigurationError: none is planned, or they are not all of one version of one experiment.
    """
    folders = [
        folder for folder in _planned(workspace, first.campaign) if first.name <= folder.edition.name <= last.name
    ]
    if not folders:
        raise ConfigurationError(f"{first.campaign}: no edition from {first.name} to {last.name} is planned")
    experiments = {folder.edition.name: declared(folder.require_manifest()) for folder in folders}
    experiment = _only_one(experiments)
    name = f"{folders[0].edition.name}--{folders[-1].edition.name}"
    return _report(workspace, folders, experiment, workspace.editions / first.campaign / "reports" / name)


def report_test(
    workspace: Workspace, name: str, shares: Mapping[str, float], assignments: Sequence[Path]
) -> Reported:
    """A test inside the app, written under `reports`, from assignments that somebody else made.

    Args:
        workspace: whose interactions and items.
        name: the test's.
        shares: each variant's share, the baseline first.
        assignments: files of `user_id`, `variant`, `assigned_at`.
    """
    return _report_inside(workspace, _in_app(name, shares), Assignments(assignments))


def report_exposures(workspace: Workspace, name: str, exposures: Sequence[Path]) -> Reported:
    """The experiment that `recs serve` runs in an application, from the exposures that were logged.

    Args:
        workspace: whose interactions and items.
        name: the experiment's under `[recs.serving]`.
        exposures: files of lines as `recsource.serving.exposure` writes them.

    Raises:
        ConfigurationError: no experiment of that name is declared there.
    """
    declared_there = workspace.settings.recs.serving.experiment
    if declared_there is None or declared_there.name != name:
        there = repr(declared_there.name) if declared_there else "none"
        raise ConfigurationError(
            f"report-test: experiment {name!r} is not the one under [recs.serving] in winddown.toml (there: "
            f"{there}); name that, or give each variant's --share and a file of assignments"
        )
    experiment = declared_there.experiment()
    salt = experiment.salt if experiment.scheme is Scheme.STICKY else ""
    return _report_inside(workspace, experiment, Exposures(exposures, salt))


def _report_inside(workspace: Workspace, experiment: Experiment, people: Assignments | Exposures) -> Reported:
    into = workspace.root / "reports" / experiment.name
    before, notifier = verdicts_before(into / "report.json"), workspace.notifier()
    with workspace.engine() as engine, workspace.progress.stage("Reporting"):
        reported = report_in_app(
            experiment.name,
            experiment,
            people=people,
            folder=into,
            interactions=interactions_of(workspace),
            items=[workspace.root / workspace.settings.data.items],
            engine=engine,
            now=workspace.clock(),
        )
    return _announced(reported, before, notifier)


def _report(
    workspace: Workspace, folders: Sequence[EditionFolder], experiment: Experiment, into: Path
) -> Reported:
    begun = next(
        (folder for folder in _planned(workspace, folders[0].edition.campaign) if _is_of(folder, experiment)),
        folders[0],
    )
    before, notifier = verdicts_before(into / "report.json"), workspace.notifier()
    with workspace.engine() as engine, workspace.ledger() as ledger, workspace.progress.stage("Reporting"):
        reported = report(
            [(folder.edition, folder.path) for folder in folders],
            experiment,
            first=(begun.edition, begun.path),
            folder=into,
            ledger=ledger,
            interactions=interactions_of(workspace),
            items=[workspace.root / workspace.settings.data.items],
            engine=engine,
            now=workspace.clock(),
            simulated=workspace.settings.simulated,
        )
    return _announced(reported, before, notifier)


def _announced(reported: Reported, before: Sequence[str], notifier: Notifier) -> Reported:
    """A report, of which people are told where it says something that they have not been told."""
    verdicts = [verdict.sentence for verdict in reported.report.verdicts]
    _LOG.info("report ready", extra={"verdict": verdicts})
    if verdicts != before:
        notifier.tell(report_sentence(reported, str(reported.html)))
    return reported


def _planned(workspace: Workspace, campaign: str) -> list[EditionFolder]:
    """The campaign's planned editions, the oldest first."""
    paths = sorted((workspace.editions / campaign).glob("[0-9]*-W[0-9]*"))
    folders = [workspace.folder(Edition.parse(campaign, path.name)) for path in paths]
    return [folder for folder in folders if folder.read_manifest()]


def _is_of(folder: EditionFolder, experiment: Experiment) -> bool:
    other = declared(folder.require_manifest())
    return (other.name, other.version) == (experiment.name, experiment.version) and other.runs_in(
        folder.edition.name
    )


def _only_one(experiments: Mapping[str, Experiment]) -> Experiment:
    """Of all editions the one experiment."""
    (first, wanted), *others = experiments.items()
    for name, other in others:
        if (other.name, other.version) != (wanted.name, wanted.version):
            raise ConfigurationError(
                f"{first} is of experiment {wanted.name!r}, version {wanted.version}, and {name} of "
                f"{other.name!r}, "
                f"version {other.version}; a report is of one: choose --from and --to within it"
            )
    return wanted


def interactions_of(workspace: Workspace) -> list[Path]:
    """The workspace's, and those that were ingested."""
    found = [workspace.root / workspace.settings.data.interactions]
    if any(workspace.ingested.glob("interactions-*.parquet")):
        found.append(workspace.ingested / "interactions-*.parquet")
    return found


def _in_app(name: str, shares: Mapping[str, float]) -> Experiment:
    whole, ends, so_far = sum(shares.values()), [0], 0.0
    for share in shares.values():
        so_far += share
        ends.append(round(so_far / whole * TOTAL_SHARDS))
    variants = tuple(
        Variant(variant, "", first, end) for variant, first, end in zip(shares, ends, ends[1:], strict=False)
    )
    return Experiment(name, name, variants, next(iter(shares)), 1.0, {}, primary=MetricName.COMPLETION_DAYS_7)
