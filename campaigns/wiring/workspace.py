"""A workspace, opened: its settings, and from them whatever a stage needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url

from campaigns.dispatch.lock import edition_lock
from campaigns.ground.edition import Edition
from campaigns.ground.item import Catalogue
from campaigns.links import SignedLinks
from campaigns.plan.edition_folder import EditionFolder
from campaigns.ports.clock import Clock
from campaigns.ports.ledger import Ledger
from campaigns.ports.progress import Progress, Silent
from campaigns.ports.sender import Sender
from campaigns.rendering.campaign import CampaignRenderer, compile_campaign
from campaigns.rendering.folder import compile_folder
from campaigns.rendering.mime import assemble
from campaigns.senders.outbox import OutboxSender
from campaigns.senders.smtp import SmtpSender
from campaigns.senders.smtp_connection import Security, SmtpSettings
from campaigns.settings.campaign import CampaignSettings, read_campaign
from campaigns.settings.workspace import Secrets, WorkspaceSettings, read_workspace, require_secret_key
from campaigns.store.opening import open_ledger
from recsource.engine import Engine


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a `winddown.toml`, a clock, and somebody who watches the progress."""

    root: Path
    settings: WorkspaceSettings
    secrets: Secrets
    clock: Clock
    progress: Progress = field(default_factory=Silent)

    @classmethod
    def open(cls, root: Path, clock: Clock, progress: Progress) -> Workspace:
        """Read the workspace's settings.

        Raises:
            ConfigurationError: `winddown.toml` is missing or wrong.
        """
        root = root.resolve()
        return cls(root, read_workspace(root), Secrets(), clock, progress)

    @property
    def editions(self) -> Path:
        """Where the editions' folders lie."""
        return self.root / self.settings.editions

    @property
    def ingested(self) -> Path:
        """Where app completions that were ingested lie."""
        return self.root / "ingested"

    @property
    def outbox(self) -> Path:
        """Where the `outbox` sender puts messages."""
        return self.root / self.settings.sender.outbox.folder

    def folder(self, edition: Edition) -> EditionFolder:
        """An edition's folder."""
        return EditionFolder.of(edition, self.editions)

    def hold(self, edition: Edition) -> AbstractContextManager[None]:
        """Hold an edition for this process; looking for its campaign first, lest a misspelt one leave a folder.

        Raises:
            ConfigurationError: there is no such campaign.
            EditionBusyError: another process holds it.
        """
        self.campaign(edition.campaign)
        return edition_lock(edition, self.editions)

    def campaign(self, name: str) -> CampaignSettings:
        """A campaign's settings.

        Raises:
            ConfigurationError: there is no such campaign, or its `campaign.toml` is wrong.
        """
        return read_campaign(self.campaign_folder(name))

    def campaign_folder(self, name: str) -> Path:
        """Where a campaign's templates lie."""
        return self.root / self.settings.templates / name

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """An engine, closed afterwards with all that it holds."""
        settings = self.settings.engine
        with Engine(memory_limit=settings.memory_limit, threads=settings.threads) as engine:
            yield engine

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, made on first use.

        Raises:
            LedgerError: it cannot be opened.
        """
        url = make_url(self.settings.ledger.url)
        if url.get_backend_name() == "sqlite" and url.database:
            url = url.set(database=str(self.root / url.database))
        with open_ledger(url.render_as_string(hide_password=False)) as ledger:
            yield ledger

    def template_hash(self, edition: Edition, campaign: CampaignSettings) -> str:
        """SHA-256 of the campaign's templates, which are compiled on the way.

        Raises:
            TemplateError: they do not compile.
        """
        _, template_hash = compile_folder(
            self.campaign_folder(edition.campaign),
            self.settings.identity.identity(),
            edition,
            campaign.languages,
            _variants(campaign),
        )
        return template_hash

    def renderer(self, edition: Edition, campaign: CampaignSettings, catalogue: Catalogue) -> CampaignRenderer:
        """The campaign's templates, compiled; the same for preview, check and send.

        Raises:
            TemplateError: they do not compile.
            ConfigurationError: there is no key to sign links with.
        """
        return compile_campaign(
            self.campaign_folder(edition.campaign),
            identity=self.settings.identity.identity(),
            edition=edition,
            catalogue=catalogue,
            links=SignedLinks.of(
                [require_secret_key(self.secrets)],
                base_url=self.settings.links.base_url,
                mailbox=self.settings.links.unsubscribe_mailbox,
            ),
            languages=campaign.languages,
            variants=_variants(campaign),
        )

    def sender(self, edition: Edition) -> Sender:
        """The configured provider's sender, not yet connected."""
        settings = self.settings.sender
        if settings.provider == "outbox":
            return OutboxSender(self.outbox / edition.campaign / edition.name, assemble)
        smtp, password = settings.smtp, self.secrets.smtp_password.get_secret_value()
        return SmtpSender(
            SmtpSettings(
                host=smtp.host,
                port=smtp.port,
                security=Security(smtp.security),
                user=smtp.username or None,
                password=password or None,
                ca_file=self.root / smtp.ca_file if smtp.ca_file else None,
                timeout_s=smtp.timeout_s,
            ),
            assemble,
        )


def _variants(campaign: CampaignSettings) -> list[str]:
    return [variant.name for variant in campaign.experiment.variants]
