"""Talking to SES: once where a repetition could send twice, and again where it cannot."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from campaigns.ground.errors import ConfigurationError

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2 import SESV2Client

_LARGEST_BATCH = 50  # destinations in a call: SES service quotas
_ATTEMPTS_TO_ASK = 4  # SES takes a question a second, and several workers may ask at once


@dataclass(frozen=True, slots=True)
class SesSettings:
    """Which SES to talk to and how. Credentials come through boto3's own chain, and from nowhere else.

    Attributes:
        region: such as `eu-west-1`; identity, template, configuration set and quota are a region's.
        configuration_set: through it SES publishes what becomes of each message.
        from_address: whose identity, the address or its domain, has to be verified.
        template_name: the stored template's; `install_template` makes it.
        endpoint_url: another SES than Amazon's own, for tests and for VPC endpoints.
        read_timeout_s: how long an answer is waited for; giving up makes a whole batch uncertain.
        batch_size: 1 to 50; also how many a crash can leave uncertain.

    Raises:
        ConfigurationError: the batch size is not one that SES takes.
    """

    region: str
    configuration_set: str
    from_address: str
    template_name: str = "winddown"
    endpoint_url: str | None = None
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 120.0
    batch_size: int = _LARGEST_BATCH

    def __post_init__(self) -> None:
        if not 1 <= self.batch_size <= _LARGEST_BATCH:
            raise ConfigurationError(
                f"ses: batch_size is {self.batch_size}; Amazon SES takes 1 to {_LARGEST_BATCH} recipients a call"
            )


@dataclass(frozen=True, slots=True)
class SesClients:
    """Two clients of one session.

    Attributes:
        sending: makes each request once: SES knows no idempotency token, so that a second try may be a second
            mail. It does not validate parameters: `entries` does so, by limits that botocore does not look at.
        asking: may make a request again, because asking changes nothing.
    """

    sending: SESV2Client
    asking: SESV2Client


def connect(settings: SesSettings) -> SesClients:
    """Set the clients up, without talking to anybody.

    Raises:
        ConfigurationError: region, endpoint or profile cannot be used.
    """
    _hush()
    try:
        session = boto3.session.Session()
        return SesClients(
            sending=_client(session, settings, attempts=1, validated=False),
            asking=_client(session, settings, attempts=_ATTEMPTS_TO_ASK, validated=True),
        )
    except (BotoCoreError, ValueError) as failure:
        raise ConfigurationError(
            f"ses: no connection can be set up ({failure}); correct region, endpoint_url or the AWS environment"
        ) from failure


def _client(
    session: boto3.session.Session, settings: SesSettings, *, attempts: int, validated: bool
) -> SESV2Client:
    config = Config(
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        tcp_keepalive=True,  # a firewall that forgets an idle connection would cost a batch its certainty
        parameter_validation=validated,
    )
    return session.client("sesv2", region_name=settings.region, endpoint_url=settings.endpoint_url, config=config)


def _hush() -> None:
    """Whatever an application logs: at DEBUG these write out whole requests, addresses and signatures included."""
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
