"""`winddown.toml`: what an operator decides about a workspace; environment variables override it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import Holdout
from campaigns.ground.identity import Identity
from campaigns.ground.message import Mailbox
from campaigns.settings.engine import ChosenEngine, EngineSettings
from campaigns.settings.operating import LoggingSettings, MetricsSettings, RunsSettings
from campaigns.settings.reading import Frozen, checked, read_toml
from campaigns.settings.recs import RecsSettings
from campaigns.settings.sender import SenderSettings
from campaigns.settings.serve import ServeSettings
from campaigns.settings.studio import StudioSettings

FILE = "winddown.toml"


class DataSettings(Frozen):
    """Where each table lies: a file or a glob, relative to the workspace."""

    items: str
    collections: str
    users: str
    interactions: str
    curated: str
    suppressions: str
    recommendations: str


class LedgerSettings(Frozen):
    """Where the ledger is: an SQLAlchemy URL; a relative SQLite path is relative to the workspace.

    PostgreSQL's, `postgresql://user@host/database`, may hold a password, and is a secret for that reason; the
    environment is a better place for it (`WINDDOWN_LEDGER__URL`), or a `.pgpass` file.
    """

    url: SecretStr = SecretStr("sqlite:///ledger.sqlite")


class IdentitySettings(Frozen):
    """Who the email comes from."""

    from_name: str
    from_address: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    reply_to: str = ""
    domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")]
    postal_address: Annotated[str, Field(min_length=1)]
    feedback_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{5,15}$")]

    def identity(self) -> Identity:
        """As the domain's own value."""
        return Identity(
            mailbox=Mailbox(self.from_address, self.from_name),
            reply_to=Mailbox(self.reply_to) if self.reply_to else None,
            domain=self.domain,
            postal_address=self.postal_address,
            feedback_id=self.feedback_id,
        )


class LinkSettings(Frozen):
    """Where an email's own links lead.

    Attributes:
        base_url: the HTTPS address under which `winddown serve` can be reached, for unsubscribes and clicks.
        unsubscribe_mailbox: takes unsubscribes by email.
        track: whether links to items lead through `base_url`, and an open is noticed by a picture; for senders
            that do neither themselves.
    """

    base_url: Annotated[str, Field(pattern=r"^https://")]
    unsubscribe_mailbox: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    track: bool = False


class HoldoutSettings(Frozen):
    """People who get no such email at all, of any campaign, so that email itself can be judged."""

    share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    salt: str = "holdout"

    def holdout(self) -> Holdout:
        """As the domain's own value."""
        return Holdout(self.share, self.salt)


class WorkspaceSettings(BaseSettings):
    """Everything in `winddown.toml`. `WINDDOWN_SENDER__PROVIDER=smtp` overrides `provider` under `[sender]`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="WINDDOWN_", env_nested_delimiter="__", case_sensitive=False
    )

    data: DataSettings
    identity: IdentitySettings
    links: LinkSettings
    engine: ChosenEngine = EngineSettings()
    ledger: LedgerSettings = LedgerSettings()
    sender: SenderSettings = SenderSettings()
    serve: ServeSettings = ServeSettings()
    studio: StudioSettings = StudioSettings()
    holdout: HoldoutSettings = HoldoutSettings()
    recs: RecsSettings = RecsSettings()
    logging: LoggingSettings = LoggingSettings()
    runs: RunsSettings = RunsSettings()
    metrics: MetricsSettings = MetricsSettings()
    templates: str = "templates"
    editions: str = "editions"
    simulated: bool = False
    """Whether the data are made up; reports then say so."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings gives it
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - secrets come from the environment alone
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file."""
        return env_settings, init_settings


class Secrets(BaseSettings):
    """What only the environment may hold, each as `WINDDOWN_` and its name in capitals.

    Amazon's credentials are not among them: boto3 has a chain of its own to find them.

    Attributes:
        secret_key: signs links.
        previous_secret_key: signed them before; still believed, so that the key can be changed.
        dkim_private_key: in PEM.
        slack_webhook: an address of Slack's that takes messages.
        metrics_token: lets a collector read `/metrics`.
        studio_token: lets a browser into the studio; where it listens to other machines and this is empty, a new
            one is made each time.
    """

    model_config = SettingsConfigDict(frozen=True, env_prefix="WINDDOWN_", extra="ignore")

    secret_key: SecretStr = SecretStr("")
    previous_secret_key: SecretStr = SecretStr("")
    smtp_password: SecretStr = SecretStr("")
    dkim_private_key: SecretStr = SecretStr("")
    sendgrid_api_key: SecretStr = SecretStr("")
    slack_webhook: SecretStr = SecretStr("")
    metrics_token: SecretStr = SecretStr("")
    studio_token: SecretStr = SecretStr("")


def read_workspace(root: Path) -> WorkspaceSettings:
    """A workspace's settings.

    Raises:
        ConfigurationError: the file is missing, or a key is; or one is not what is wanted.
    """
    path = root / FILE
    found = read_toml(path, "name a workspace with --workspace, or make one with `winddown sample`")
    try:
        return checked(path, lambda: WorkspaceSettings(**found))  # type: ignore[arg-type]  # pydantic checks them
    except SettingsError as error:
        raise ConfigurationError(
            f"environment: {error}; set one key at a time, such as WINDDOWN_SENDER__PROVIDER=smtp"
        ) from error


def require_secret_keys(secrets: Secrets) -> list[str]:
    """The keys that links are believed by, oldest first; the last one signs.

    Raises:
        ConfigurationError: it is missing, or too short to sign with.
    """
    key = secrets.secret_key.get_secret_value()
    if len(key) < 16:  # noqa: PLR2004 - 128 bits, were each byte random
        raise ConfigurationError(
            f"WINDDOWN_SECRET_KEY: found {len(key) or 'no'} characters; wanted at least 16 "
            "that nobody can guess; unsubscribe links are signed with it; set it in the environment"
        )
    previous = secrets.previous_secret_key.get_secret_value()
    return [previous, key] if previous else [key]
