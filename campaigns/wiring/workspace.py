"""A workspace, opened: its settings, and from them whatever a stage needs."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from campaigns.dispatch.lock import edition_lock, plan_lock
from campaigns.ground.edition import Edition
from campaigns.ground.item import Catalogue
from campaigns.ground.shard import WHOLE, Shard
from campaigns.links import SignedLinks
from campaigns.logs.writing import about
from campaigns.notifiers.slack import SlackNotifier
from campaigns.plan.edition_folder import EditionFolder
from campaigns.ports.clock import Clock
from campaigns.ports.ledger import Ledger
from campaigns.ports.notifier import Mute, Notifier
from campaigns.ports.progress import Progress, Silent
from campaigns.ports.renderer import Renderer
from campaigns.ports.sender import Sender
from campaigns.rendering.asking import Asking
from campaigns.rendering.campaign import compile_campaign
from campaigns.rendering.folder import compile_folder
from campaigns.rendering.tracking import Tracked, shown_at
from campaigns.settings.campaign import CampaignSettings, read_campaign
from campaigns.settings.workspace import Secrets, WorkspaceSettings, read_workspace, require_secret_keys
from campaigns.store.opening import open_ledger
from campaigns.wiring.extras import needed_for
from campaigns.wiring.providers import sender_of
from recsource.engine import Engine, PlanningEngine


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

    def planned(self, campaign: str) -> Sequence[Edition]:
        """The campaign's editions that are planned, the oldest first."""
        manifests = sorted((self.editions / campaign).glob("[0-9]*-W[0-9]*/manifest.json"))
        return [Edition.parse(campaign, path.parent.name) for path in manifests]

    @contextmanager
    def hold(self, edition: Edition, shard: Shard = WHOLE) -> Iterator[None]:
        """Hold an edition, or a shard of it, for this process.

        Its campaign is looked for first, lest a misspelt one leave a folder.

        Raises:
            ConfigurationError: there is no such campaign.
            EditionBusyError: another process holds it.
        """
        self.campaign(edition.campaign)
        with about(edition=str(edition)), edition_lock(edition, self.editions, host_name(), shard):
            yield

    def hold_plan(self, edition: Edition, *, alone: bool = False) -> AbstractContextManager[None]:
        """Keep other hosts from changing an edition's plan; alone, so as to change it, also from sending it.

        Raises:
            EditionBusyError: another host does so.
        """
        return plan_lock(edition, self.editions, alone=alone)

    def campaign(self, name: str) -> CampaignSettings:
        """A campaign's settings.

        Raises:
            ConfigurationError: there is no such campaign, or its `campaign.toml` is wrong.
        """
        return read_campaign(self.campaign_folder(name))

    def campaigns(self) -> Mapping[str, CampaignSettings]:
        """The settings of every campaign of the workspace.

        Raises:
            ConfigurationError: one of their `campaign.toml` is wrong.
        """
        found = sorted((self.root / self.settings.templates).glob("*/campaign.toml"))
        return {path.parent.name: read_campaign(path.parent) for path in found}

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
    def planning_engine(self) -> Iterator[PlanningEngine]:
        """The engine that plans, as `[engine]` chooses it; closed afterwards with all that it holds.

        Raises:
            ConfigurationError: its extra is not installed.
            EngineError: it does not start.
        """
        settings = self.settings.engine
        if settings.name == "duckdb":
            with self.engine() as engine:
                yield engine
            return
        with needed_for('`name = "spark"` under [engine]', "spark"):
            from recsource.engine.spark import SparkEngine  # noqa: PLC0415 - an extra
        with SparkEngine(settings.spark_settings(), memory_limit=settings.memory_limit) as spark:
            yield spark

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, made on first use.

        Raises:
            ConfigurationError: its address is none that can be opened.
            LedgerError: it cannot be opened.
        """
        with open_ledger(self.settings.ledger.url.get_secret_value(), root=self.root) as ledger:
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

    def renderer(self, edition: Edition, campaign: CampaignSettings, catalogue: Catalogue) -> Renderer:
        """The campaign's templates, compiled; the same for preview, check and send.

        Where `[links]` says so, links lead by way of us; where `[dogfood]` does, colleagues are asked about picks.

        Raises:
            TemplateError: they do not compile.
            ConfigurationError: there is no key to sign links with.
        """
        links = self.links()
        renderer: Renderer = compile_campaign(
            self.campaign_folder(edition.campaign),
            identity=self.settings.identity.identity(),
            edition=edition,
            catalogue=catalogue,
            links=links,
            languages=campaign.languages,
            variants=_variants(campaign),
        )
        find, dogfood = shown_at(catalogue), campaign.dogfood
        if dogfood and dogfood.odd_picks:
            renderer = Asking(renderer, links, find, dogfood.cohort)
        return Tracked(renderer, links, find) if self.settings.links.track else renderer

    def sender(self, edition: Edition) -> Sender:
        """The configured provider's sender, not yet connected.

        Raises:
            ConfigurationError: an extra is not installed, or a secret is missing.
        """
        return sender_of(self.root, self.settings, self.secrets, edition)

    def with_metrics_port(self, port: int | None) -> Workspace:
        """The same, its metrics on another port than `winddown.toml` says; on that one for None."""
        if port is None:
            return self
        metrics = self.settings.metrics.model_copy(update={"port": port})
        return replace(self, settings=self.settings.model_copy(update={"metrics": metrics}))

    def notifier(self) -> Notifier:
        """Where people are told of what guards do.

        Raises:
            ConfigurationError: an extra is not installed.
        """
        webhook = self.secrets.slack_webhook.get_secret_value()
        return SlackNotifier(webhook) if webhook else Mute()

    def links(self) -> SignedLinks:
        """Makes and reads the links that emails carry.

        Raises:
            ConfigurationError: there is no key to sign them with.
        """
        return SignedLinks.of(
            require_secret_keys(self.secrets),
            base_url=self.settings.links.base_url,
            mailbox=self.settings.links.unsubscribe_mailbox,
        )


def host_name() -> str:
    """What this machine is called where several send: letters, digits, dots and hyphens."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "localhost"


def _variants(campaign: CampaignSettings) -> list[str]:
    return [variant.name for variant in campaign.experiment.variants]
