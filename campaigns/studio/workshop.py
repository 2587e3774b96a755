"""The workshop: a workspace's parts that the studio works with, as wiring chose them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from campaigns.check.finding import Checked
from campaigns.ground.edition import Edition
from campaigns.ground.item import Catalogue
from campaigns.ground.receipt import Receipt
from campaigns.plan.approval import Approval
from campaigns.plan.edition_folder import EditionFolder
from campaigns.ports.clock import Clock
from campaigns.ports.progress import Progress
from campaigns.ports.renderer import Renderer
from campaigns.ports.sender import Assemble
from campaigns.settings.campaign import CampaignSettings
from campaigns.settings.workspace import WorkspaceSettings
from recsource.engine import Engine


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the studio shows, and the four things that it does.

    Attributes:
        root: the workspace; nothing outside of it is shown.
        templates: the folder that holds the campaign's and what it shares.
        open_engine: a new engine, to be closed.
        read_campaign: the campaign's settings as they are on disk now.
        compile: the campaign's templates as they are on disk now, for an edition and what it shows: the renderer
            that `check` and `send` use.
        assemble: a message as the bytes that are sent.
        plan: plans the edition anew.
        check: looks at every planned message, and asks the network for links and pictures if told to.
        approve: approves the plan whose manifest has this hash, in somebody's name.
        send_test: sends one person's message, marked as a test, to another address.
    """

    root: Path
    settings: WorkspaceSettings
    edition: Edition
    templates: Path
    clock: Clock
    open_engine: Callable[[], Engine]
    read_campaign: Callable[[], CampaignSettings]
    compile: Callable[[Edition, Catalogue], Renderer]
    assemble: Assemble
    plan: Callable[[Progress], object]
    check: Callable[[Progress, bool], Checked]
    approve: Callable[[str, str], Approval]
    send_test: Callable[[str, str], Receipt]

    @property
    def folder(self) -> EditionFolder:
        """The edition's folder."""
        return self.folder_of(self.edition)

    def folder_of(self, edition: Edition) -> EditionFolder:
        """Another edition's folder."""
        return EditionFolder.of(edition, self.root / self.settings.editions)
