"""`winddown.toml`: what an operator decides about a workspace; environment variables override it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from campaigns.ground.errors import ConfigurationError
from campaigns.ground.identity import Identity
from campaigns.ground.message import Mailbox
from campaigns.settings.reading import Frozen, checked, read_toml

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


class EngineSettings(Frozen):
    """What the engine may use.

    Attributes:
        threads: None for one a core.
    """

    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s?(KB|MB|GB|KiB|MiB|GiB)$")] = "1GB"
    threads: PositiveInt | None = None


class LedgerSettings(Frozen):
    """Where the ledger is: an SQLAlchemy URL; a relative SQLite path is relative to the workspace."""

    url: str = "sqlite:///ledger.sqlite"


class OutboxSettings(Frozen):
    """One `.eml` a message, in a folder of the workspace."""

    folder: str = "outbox"


class SmtpSettings(Frozen):
    """An SMTP server. The password comes from `WINDDOWN_SMTP_PASSWORD`.

    Attributes:
        security: `starttls` refuses to go on unless the server offers it.
        timeout_s: seconds without an answer after which nothing more is known.
    """

    host: str = "localhost"
    port: Annotated[int, Field(gt=0, lt=65536)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    timeout_s: NonNegativeFloat = 30
    ca_file: str = ""


class SenderSettings(Frozen):
    """Which provider, and what each needs.

    Attributes:
        max_attempts: a message is given up as rejected after so many deferrals.
        retry_after_minutes: how long a deferred one waits.
    """

    provider: Literal["outbox", "smtp"] = "outbox"
    max_attempts: PositiveInt = 5
    retry_after_minutes: PositiveInt = 15
    outbox: OutboxSettings = OutboxSettings()
    smtp: SmtpSettings = SmtpSettings()


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
        base_url: the HTTPS address under which unsubscribes are taken.
        unsubscribe_mailbox: takes unsubscribes by email.
    """

    base_url: Annotated[str, Field(pattern=r"^https://")]
    unsubscribe_mailbox: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class HoldoutSettings(Frozen):
    """People who get no such email at all, of any campaign, so that email itself can be judged."""

    share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    salt: str = "holdout"


class WorkspaceSettings(BaseSettings):
    """Everything in `winddown.toml`. `WINDDOWN_SENDER__PROVIDER=smtp` overrides `provider` under `[sender]`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="WINDDOWN_", env_nested_delimiter="__", case_sensitive=False
    )

    data: DataSettings
    identity: IdentitySettings
    links: LinkSettings
    engine: EngineSettings = EngineSettings()
    ledger: LedgerSettings = LedgerSettings()
    sender: SenderSettings = SenderSettings()
    holdout: HoldoutSettings = HoldoutSettings()
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
    """What only the environment may hold: `WINDDOWN_SECRET_KEY`, `WINDDOWN_SMTP_PASSWORD`."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="WINDDOWN_", extra="ignore")

    secret_key: SecretStr = SecretStr("")
    smtp_password: SecretStr = SecretStr("")


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


def require_secret_key(secrets: Secrets) -> str:
    """The key that signs links.

    Raises:
        ConfigurationError: it is missing, or too short to sign with.
    """
    key = secrets.secret_key.get_secret_value()
    if len(key) < 16:  # noqa: PLR2004 - 128 bits, were each byte random
        raise ConfigurationError(
            f"WINDDOWN_SECRET_KEY: found {len(key) or 'no'} characters; wanted at least 16 "
            "that nobody can guess; unsubscribe links are signed with it; set it in the environment"
        )
    return key
