"""What must hold before an edition is shown or sent: it is the one that was planned, and it was looked at."""

from __future__ import annotations

from campaigns.check.finding import Checked
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError, LedgerError
from campaigns.ground.item import Catalogue
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.manifest import Manifest, fingerprint, hash_files, plan_hash
from campaigns.plan.sources import dogfood_source, sender_sources
from campaigns.ports.ledger import Ledger
from campaigns.ports.renderer import Renderer
from campaigns.wiring.workspace import Workspace


def require_known(folder: EditionFolder, ledger: Ledger) -> str:
    """The hash of the plan that the ledger enrolled. Without its ledger an edition could be sent a second time.

    Raises:
        LedgerError: the ledger has no plan of this edition.
    """
    enrolled = ledger.plan_hash(folder.edition)
    if enrolled is None:
        raise LedgerError(
            f"{folder.edition}: the ledger does not know the plan in {folder.path}; if the ledger was lost, put "
            "it back: without it nobody can tell who has had this email; only if nothing of the edition has been "
            "sent, run `winddown plan` again"
        )
    return enrolled


def require_same_plan(folder: EditionFolder, ledger: Ledger) -> None:
    """The very bytes: the ledger knows a delivery by its row's place, and another file has other people there.

    Raises:
        LedgerError: the ledger has no plan of this edition.
        GuardError: it has enrolled another plan.
    """
    if require_known(folder, ledger) != hash_files([folder.plan, folder.items, folder.collections]):
        raise GuardError(
            f"{folder.edition}: the plan in {folder.path} is not the one that the ledger enrolled; "
            "run `winddown plan` again, or put the enrolled plan back"
        )


def renderer_as_planned(
    workspace: Workspace, edition: Edition, manifest: Manifest, catalogue: Catalogue
) -> Renderer:
    """The templates that the edition was planned with: what preview and check show is what is sent.

    Raises:
        GuardError: the templates, or who the messages come from, changed since.
    """
    campaign = workspace.campaign(edition.campaign)
    renderer = workspace.renderer(edition, campaign, catalogue)
    now = {
        "templates": renderer.template_hash,
        "dogfood": dogfood_source(campaign),
        **sender_sources(workspace.settings),
    }
    if changed := [name for name, value in now.items() if manifest.get(name) != value]:
        raise GuardError(
            f"{edition}: {' and '.join(changed)} changed after the edition was planned, so what was checked is "
            "not what would be sent; run `winddown plan` again, or, where sending has begun, put back what changed"
        )
    return renderer


def is_checked(workspace: Workspace, folder: EditionFolder, manifest: Manifest) -> bool:
    """Whether these very messages were looked at and found sound, by today's demands."""
    try:
        return folder.checked.read_text(encoding="utf-8") == _seal(workspace, folder, manifest)
    except FileNotFoundError:
        return False


def remember_checked(workspace: Workspace, folder: EditionFolder, manifest: Manifest) -> None:
    """Note that they were."""
    folder.checked.write_text(_seal(workspace, folder, manifest), encoding="utf-8")


def require_sound(edition: Edition, checked: Checked) -> None:
    """Refuse to send an edition with errors; warnings are for people to weigh.

    Raises:
        GuardError: names each problem, how many messages have it, and a person to see it on.
    """
    if not checked.sound:
        found = "; ".join(
            f"{finding.code} ({finding.meaning}): {finding.messages} message(s), such as that of {finding.example}"
            for finding in checked.errors
        )
        raise GuardError(
            f"{edition}: the check of {checked.messages} messages found {found}; nothing was sent; mend it, or "
            "allow it under `[check]` in campaign.toml where it is meant to be so"
        )


def _seal(workspace: Workspace, folder: EditionFolder, manifest: Manifest) -> str:
    settings = workspace.campaign(folder.edition.campaign).check.model_dump(mode="json")
    parts = {"fingerprint": manifest["fingerprint"], "plan": plan_hash(manifest), "check": settings}
    return f'{{"sound": "{fingerprint(parts)}"}}\n'
