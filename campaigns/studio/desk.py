"""The desk: the edition at hand, its templates and its data, each read again when its files change."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock

from campaigns.check.finding import Checked
from campaigns.check.inspector import Inspector
from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.item import Catalogue
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue, read_everything
from campaigns.ports.renderer import Renderer
from campaigns.settings.campaign import CampaignSettings
from campaigns.studio.data import Data
from campaigns.studio.opened import Kind, OpenedEdition, as_of
from campaigns.studio.reasons import Reasons, find_reasons
from campaigns.studio.stamps import Stamp, files_in, stamp_of
from campaigns.studio.workshop import Workshop
from recsource.rules.rule import Occasion

_WEEKS_BACK = 10


class Desk:
    """What pages ask for. One request at a time: `lock` is held by whoever answers one."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.lock = RLock()
        self._campaign: tuple[Stamp, CampaignSettings] | None = None
        self._opened: tuple[Stamp, OpenedEdition] | None = None
        self._renderer: tuple[Stamp, Renderer] | None = None
        self._counterfactual: tuple[Stamp, Renderer] | None = None
        self._data: Data | None = None
        self._inspector: tuple[tuple[str, CampaignSettings], Inspector] | None = None
        self._kinds: tuple[str, Sequence[Kind]] | None = None
        self._checked: tuple[str, str, Checked] | None = None

    def close(self) -> None:
        """Let go of what was opened."""
        if self._opened:
            self._opened[1].engine.close()
        if self._data:
            self._data.engine.close()

    def campaign(self) -> CampaignSettings:
        """The campaign's settings as they are on disk.

        Raises:
            ConfigurationError: they are wrong.
        """
        stamp = stamp_of([self.workshop.templates / self.workshop.edition.campaign / "campaign.toml"])
        if not self._campaign or self._campaign[0] != stamp:
            self._campaign = (stamp, self.workshop.read_campaign())
        return self._campaign[1]

    def opened(self) -> OpenedEdition:
        """The edition as it is planned now.

        Raises:
            ConfigurationError: it is not planned.
        """
        stamp = self._plan_stamp()
        if not self._opened or self._opened[0] != stamp:
            self.workshop.folder.require_manifest()
            if self._opened:
                self._opened[1].engine.close()
            self._opened = None
            self._opened = (stamp, OpenedEdition.open(self.workshop.folder, self.workshop.open_engine()))
        return self._opened[1]

    def kinds(self) -> Sequence[Kind]:
        """One reader of each kind; looked for once a plan."""
        opened = self.opened()
        if not self._kinds or self._kinds[0] != opened.manifest_hash:
            self._kinds = (opened.manifest_hash, opened.kinds())
        return self._kinds[1]

    def renderer(self) -> Renderer:
        """The templates as they are on disk, for the edition as it is planned.

        Raises:
            TemplateError: they do not compile.
        """
        stamp = (*self._plan_stamp(), *self._template_stamp())
        if not self._renderer or self._renderer[0] != stamp:
            self._renderer = None
            self._renderer = (stamp, self.workshop.compile(self.workshop.edition, self.opened().catalogue))
        return self._renderer[1]

    def inspector(self) -> Inspector:
        """Looks at one message; what messages share it judges once."""
        campaign = self.campaign()
        key = (self.opened().manifest_hash, campaign)
        if not self._inspector or self._inspector[0] != key:
            self._inspector = (key, Inspector(self.opened().catalogue, campaign))
        return self._inspector[1]

    def message(self, row: PlanRow) -> Message:
        """A planned row's message: where the templates are as planned, the one that is sent.

        Raises:
            TemplateError: the templates do not compile, or fail for this row.
        """
        return self.renderer().render(row)

    def message_in_other_arm(self, row: PlanRow) -> Message:
        """A message that nobody will get: what it shows may not be in the plan, and comes from today's data."""
        stamp = (*self._plan_stamp(), *self._template_stamp())
        if not self._counterfactual or self._counterfactual[0] != stamp:
            whole = _together(self.opened().catalogue, read_everything(self.data().engine))
            self._counterfactual = (stamp, self.workshop.compile(self.workshop.edition, whole))
        return self._counterfactual[1].render(row)

    def earlier(self) -> EditionFolder | None:
        """The edition before this one, of the last weeks."""
        edition = self.workshop.edition
        folders = (self.workshop.folder_of(edition.before(weeks)) for weeks in range(1, _WEEKS_BACK + 1))
        return next((folder for folder in folders if folder.manifest.is_file()), None)

    def earlier_message(self, user_id: str) -> tuple[Edition, Message, bool]:
        """What a person had in the edition before, in today's templates.

        Returns:
            The edition, the message, and whether the templates are still those that it was planned with.

        Raises:
            ConfigurationError: there is no such edition, or they had none of it.
        """
        folder = self.earlier()
        if folder is None:
            raise ConfigurationError("there is no earlier edition here to show beside this one")
        with self.workshop.open_engine() as engine:
            renderer = self.workshop.compile(folder.edition, read_catalogue(engine, folder))
            message = renderer.render(Plan(engine, folder.plan).of(user_id))
        return folder.edition, message, renderer.template_hash == folder.require_manifest()["templates"]

    def data(self) -> Data:
        """The tables as they are now.

        Raises:
            InputError: one is missing or wrong.
        """
        if self._data and not self._data.is_current():
            self._data.engine.close()
            self._data = None
        if self._data is None:
            self._data = Data.open(self.workshop)
        return self._data

    def occasion(self) -> Occasion:
        """What the rules were told when the edition was planned."""
        manifest, edition = self.opened().manifest, self.workshop.edition
        slots = self.campaign().slots
        return Occasion(as_of(manifest), edition.name, str(manifest["seed"]), slots)

    def reasons(self, row: PlanRow) -> Reasons:
        """Why a person's picks are what they are."""
        return find_reasons(self.data(), row, self.campaign(), self.occasion())

    def remember(self, checked: Checked) -> None:
        """Keep what a check of the edition as it stands found."""
        with self.lock:
            self._checked = (self.opened().manifest_hash, self.renderer().template_hash, checked)

    def checked(self) -> Checked | None:
        """What the check found, if it looked at these very messages."""
        if self._checked is None:
            return None
        manifest_hash, template_hash, checked = self._checked
        same = (manifest_hash, template_hash) == (self.opened().manifest_hash, self.renderer().template_hash)
        return checked if same else None

    def stamp(self) -> str:
        """Another text when anything that pages show has changed. It needs no lock."""
        folder = self.workshop.folder
        parts = (*self._template_stamp(), *self._plan_stamp(), *stamp_of([folder.approved, folder.checked]))
        return f"{hash(parts):x}"

    def _plan_stamp(self) -> Stamp:
        return stamp_of([self.workshop.folder.manifest])

    def _template_stamp(self) -> Stamp:
        return stamp_of(files_in(self.workshop.templates))


def _together(frozen: Catalogue, now: Catalogue) -> Catalogue:
    """Everything there is, what the edition shows as it was frozen."""
    return Catalogue({**now.items, **frozen.items}, {**now.collections, **frozen.collections})
