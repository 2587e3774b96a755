"""`[sender]` in `winddown.toml`: which provider, how fast, and what each provider needs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from campaigns.settings.reading import Frozen


class OutboxSettings(Frozen):
    """One `.eml` a message, in a folder of the workspace."""

    folder: str = "outbox"


class DkimSettings(Frozen):
    """Signs messages with the key in `WINDDOWN_DKIM_PRIVATE_KEY`; off where no selector is named.

    Attributes:
        domain: whose key it is; the identity's own where left out.
    """

    selector: str = ""
    domain: str = ""


class SmtpSettings(Frozen):
    """An SMTP server. The password comes from `WINDDOWN_SMTP_PASSWORD`.

    Attributes:
        security: `starttls` refuses to go on unless the server offers it.
        timeout_s: seconds without an answer after which a connection is given up.
        final_timeout_s: the same once a message was handed over; giving up makes it uncertain.
        connections: how many each worker keeps; more where the server is far away.
    """

    host: str = "localhost"
    port: Annotated[int, Field(gt=0, lt=65536)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    timeout_s: PositiveFloat = 30
    final_timeout_s: PositiveFloat = 600
    connections: Annotated[int, Field(ge=1, le=50)] = 1
    ca_file: str = ""
    dkim: DkimSettings = DkimSettings()


class SesSettings(Frozen):
    """Amazon SES, version 2 of its interface. Credentials come through boto3's own chain.

    Attributes:
        template: the stored template's name; `winddown preflight --install` puts it there.
        configuration_set: publishes events; without one nobody learns of bounces.
        endpoint_url: another address to call, for a test.
        read_timeout_s: seconds without an answer after which a batch is uncertain.
    """

    region: str = "eu-west-1"
    template: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "winddown"
    configuration_set: str = ""
    endpoint_url: str = ""
    read_timeout_s: PositiveFloat = 60


class SendGridSettings(Frozen):
    """SendGrid. The key comes from `WINDDOWN_SENDGRID_API_KEY`.

    Attributes:
        track_opens: whether SendGrid adds its picture, and `track_clicks` whether it rewrites links; what
            arrives is then not byte for byte what was rendered.
    """

    host: str = "https://api.sendgrid.com"
    batch_size: Annotated[int, Field(ge=1, le=1000)] = 1000
    timeout_s: PositiveFloat = 60
    track_opens: bool = False
    track_clicks: bool = False


class WarmUpSettings(Frozen):
    """A new sender's first days.

    Attributes:
        first: the first day, UTC.
        daily: how many recipients the first day has, the second, and so on; afterwards there is no bound.
    """

    first: date
    daily: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


class SenderSettings(Frozen):
    """Which provider, and what each needs.

    Attributes:
        max_per_second: recipients, over all workers on all machines; the provider's own rate where it is lower.
        workers: how many processes send on this machine.
        lease_minutes: how long a worker on another machine that says nothing is thought alive.
        max_attempts: a message is given up as rejected after so many deferrals.
        retry_after_minutes: how long a deferred one waits the first time; twice as long each time after.
    """

    provider: Literal["outbox", "smtp", "ses", "sendgrid", "null"] = "outbox"
    max_per_second: PositiveFloat | None = None
    workers: PositiveInt = 1
    lease_minutes: PositiveInt = 15
    max_attempts: PositiveInt = 5
    retry_after_minutes: PositiveInt = 15
    warm_up: WarmUpSettings | None = None
    outbox: OutboxSettings = OutboxSettings()
    smtp: SmtpSettings = SmtpSettings()
    ses: SesSettings = SesSettings()
    sendgrid: SendGridSettings = SendGridSettings()
