"""Approving an edition, and looking whether the one at hand is the approved one."""

from __future__ import annotations

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, GuardError
from campaigns.plan.approval import Approval, manifest_hash, read_approval, write_approval
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.shown import read_catalogue
from campaigns.settings.campaign import CampaignSettings
from campaigns.wiring.trust import renderer_as_planned
from campaigns.wiring.workspace import Workspace

_LONGEST_NAME = 100


def approve_edition(workspace: Workspace, edition: Edition, name: str, seen: str | None = None) -> Approval:
    """Say that an edition may go as it is planned.

    Args:
        workspace: whose.
        edition: which.
        name: who says so.
        seen: the hash of the manifest that they looked at; the one at hand where left out.

    Raises:
        ConfigurationError: the edition is not planned, or nobody is named.
        GuardError: it was planned anew since they looked, or the templates are not those that were planned with.
    """
    approver = " ".join(name.split())[:_LONGEST_NAME]
    if not approver:
        raise ConfigurationError(f"{edition}: an approval needs a name; say who approves")
    with workspace.hold_plan(edition):
        folder = workspace.folder(edition)
        manifest, hash_now = folder.require_manifest(), manifest_hash(folder)
        if seen not in {None, hash_now}:
            raise GuardError(f"{edition} was planned anew after you looked at it; look again, then approve")
        with workspace.engine() as engine:
            renderer_as_planned(workspace, edition, manifest, read_catalogue(engine, folder))
        approval = Approval(approver, workspace.clock(), hash_now)
        write_approval(folder, approval)
        return approval


def require_approved(folder: EditionFolder, campaign: CampaignSettings) -> None:
    """Refuse to send what nobody has approved, where the campaign demands that somebody does.

    Raises:
        GuardError: it is not approved, or another plan of it is.
    """
    if not campaign.approval.required:
        return
    approval = read_approval(folder)
    if approval is None:
        raise GuardError(
            f"{folder.edition} is not approved, and campaign.toml demands it; nothing was sent; look at it with "
            "`winddown preview` and approve it there"
        )
    if approval.manifest != manifest_hash(folder):
        raise GuardError(
            f"{folder.edition} was planned anew after {approval.name} approved it ({approval.at:%Y-%m-%d %H:%M} "
            "UTC); nothing was sent; look at it again with `winddown preview` and approve it there"
        )
