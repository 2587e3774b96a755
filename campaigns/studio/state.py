"""The state of an edition, as every page shows it: planned, as planned, checked, approved."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from campaigns.check.finding import Checked
from campaigns.ground.errors import ConfigurationError, TemplateError, WinddownError
from campaigns.plan.approval import Approval, read_approval
from campaigns.studio.desk import Desk
from campaigns.studio.freshness import changed_since


class Standing(StrEnum):
    """How far an edition is."""

    UNPLANNED = "unplanned"
    BROKEN = "broken"
    CHANGED = "changed"
    OPEN = "open"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class State:
    """How an edition stands.

    Attributes:
        manifest_hash: what an approval would speak of; empty, as the other hashes, where nothing is planned.
        changed: what is no longer as it was planned; empty where what is shown is what would be sent.
        broken: the sentence that says why nothing can be shown; empty where all is well.
        approval: the last one given, be it for this plan or another.
        required: whether the campaign demands one.
        checked: what the check of this very edition found, if it was made while the studio runs.
    """

    standing: Standing
    manifest_hash: str = ""
    plan_hash: str = ""
    template_hash: str = ""
    changed: tuple[str, ...] = ()
    broken: str = ""
    approval: Approval | None = None
    required: bool = False
    checked: Checked | None = None

    @property
    def outdated_approval(self) -> bool:
        """Whether the approval that there is speaks of another plan."""
        return self.approval is not None and self.approval.manifest != self.manifest_hash


def state_of(desk: Desk) -> State:
    """How the edition at the desk stands; it never fails, since pages that tell of failures show it, too."""
    try:
        required = desk.campaign().approval.required
        opened = desk.opened()
    except ConfigurationError as error:
        return State(Standing.UNPLANNED, broken=str(error))
    template_hash, broken = _compiled(desk)
    try:
        changed = tuple(changed_since(desk.workshop, desk.campaign(), opened.manifest, template_hash))
        approval = read_approval(opened.folder)
    except WinddownError as error:
        changed, approval, broken = (), None, str(error)
    standing = Standing.BROKEN if broken else Standing.CHANGED if changed else Standing.OPEN
    if standing is Standing.OPEN and approval and approval.manifest == opened.manifest_hash:
        standing = Standing.APPROVED
    return State(
        standing,
        opened.manifest_hash,
        opened.plan_hash,
        template_hash or "",
        changed,
        broken,
        approval,
        required,
        None if broken else desk.checked(),
    )


def _compiled(desk: Desk) -> tuple[str | None, str]:
    try:
        return desk.renderer().template_hash, ""
    except (TemplateError, ConfigurationError) as error:
        return None, str(error)
