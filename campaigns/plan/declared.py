"""An experiment's declaration: frozen with its first edition, and the same in every later one.

Who changes the metric, the shares or the end once results can be seen has started another experiment; a new
`version` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError
from campaigns.ground.experiment import Experiment
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.manifest import Manifest, fingerprint
from campaigns.settings.experiment import ExperimentSettings


def declare(settings: ExperimentSettings) -> dict[str, object]:
    """An experiment as a manifest freezes it: its `declaration`, and the SHA-256 of that."""
    declaration = settings.model_dump(mode="json")
    return {"declaration": declaration, "sha256": fingerprint(declaration)}


def declared(manifest: Manifest) -> Experiment:
    """The experiment that an edition was planned with, whatever `campaign.toml` says by now."""
    return ExperimentSettings.model_validate(_declaration(manifest)).experiment()


def require_as_declared(settings: ExperimentSettings, edition: Edition, editions: Path) -> None:
    """See to it that the experiment is still what its first edition froze.

    Editions outside the experiment's time freeze nothing.

    Args:
        settings: what `campaign.toml` declares now.
        edition: the one to be planned.
        editions: the workspace's folder of editions.

    Raises:
        GuardError: names the keys that changed, and says that `version` must rise.
    """
    if not settings.experiment().runs_in(edition.name):
        return
    for name, before in _others(edition, editions):
        frozen = _declaration(before)
        now = settings.model_dump(mode="json")
        if (frozen["name"], frozen["version"]) != (now["name"], now["version"]) or not declared(before).runs_in(
            name
        ):
            continue
        if changed := sorted(key for key in now if now[key] != frozen.get(key)):
            raise GuardError(
                f"{edition}: `{'`, `'.join(changed)}` under [experiment] changed since {name}, the first edition "
                f"of {settings.name!r}, version {settings.version}, was planned; a running experiment stays what "
                f"it was declared to be: undo the change, or start another with `version = {settings.version + 1}`"
            )
        return


def _others(edition: Edition, editions: Path) -> Iterator[tuple[str, Manifest]]:
    """The campaign's other editions that are planned, the oldest first."""
    for path in sorted((editions / edition.campaign).glob("[0-9]*-W[0-9]*")):
        if path.name == edition.name:
            continue
        manifest = EditionFolder(Edition.parse(edition.campaign, path.name), path).read_manifest()
        if manifest and "experiment" in manifest:
            yield path.name, manifest


def _declaration(manifest: Manifest) -> Mapping[str, object]:
    return cast("Mapping[str, Mapping[str, object]]", manifest["experiment"])["declaration"]
