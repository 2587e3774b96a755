"""Connecting to an SMTP server: encrypted as asked, logged in, and refused in a sentence when it cannot be."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from campaigns.ground.errors import ConfigurationError, DeliveryError, WinddownError

LOST = (OSError, smtplib.SMTPException)
"""What smtplib raises when a connection fails, or what comes over it makes no sense."""

_NEVER = 5  # the first digit of a permanent refusal: RFC 5321, 4.2.1
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Security(StrEnum):
    """How the connection is encrypted: not at all, after a STARTTLS command, or from the first byte."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where the server is and how to talk to it.

    Attributes:
        user: for AUTH; without one there is none.
        password: likewise; ASCII, because the standard library encodes no other.
        ca_file: certificates to trust beside the system's, in PEM.
        timeout_s: for connecting and for every reply but one.
        final_timeout_s: for the reply to a message's final dot; RFC 5321, 4.5.3.2.6 asks for ten minutes,
            because giving up makes the message uncertain.
        ehlo_name: what this machine calls itself; None for its host name.
        messages_per_connection: after so many a new one is opened; many servers limit them.
        connections: how many are kept, each with its share of a batch.
    """

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    timeout_s: float = 30.0
    final_timeout_s: float = 600.0
    ehlo_name: str | None = None
    messages_per_connection: int = 100
    connections: int = 1

    @property
    def server(self) -> str:
        """What errors call it."""
        return f"SMTP server {self.host}:{self.port}"

    @property
    def readable_on_the_way(self) -> bool:
        """Whether what is sent leaves this machine unencrypted."""
        return self.security is Security.NONE and self.host not in _LOOPBACK


def connect(settings: SmtpSettings) -> smtplib.SMTP:
    """A connection that is ready for its first message.

    Raises:
        ConfigurationError: the settings cannot work with this server: certificate, encryption, password.
        DeliveryError: the server cannot be reached, or takes nothing at present.
    """
    _refuse_unsafe(settings)
    tls = _tls_context(settings)
    try:
        smtp = _dial(settings, tls)
    except LOST as failure:
        raise _sentence(settings, failure) from failure
    try:
        _introduce(smtp, settings, tls)
    except LOST as failure:
        smtp.close()
        cause = None if isinstance(failure, smtplib.SMTPAuthenticationError) else failure
        raise _sentence(settings, failure) from cause
    return smtp


def _refuse_unsafe(settings: SmtpSettings) -> None:
    if settings.user is None:
        return
    if settings.password is None or not settings.password.isascii():
        raise ConfigurationError(
            f"{settings.server}: user {settings.user!r} needs a password of ASCII characters; "
            "set it in the environment"
        )
    if settings.readable_on_the_way:
        raise ConfigurationError(
            f"{settings.server}: the password would travel unencrypted; set security to starttls or tls"
        )


def _dial(settings: SmtpSettings, tls: ssl.SSLContext) -> smtplib.SMTP:
    if settings.security is Security.TLS:
        return smtplib.SMTP_SSL(
            settings.host,
            settings.port,
            local_hostname=settings.ehlo_name,
            timeout=settings.timeout_s,
            context=tls,
        )
    return smtplib.SMTP(
        settings.host, settings.port, local_hostname=settings.ehlo_name, timeout=settings.timeout_s
    )


def _tls_context(settings: SmtpSettings) -> ssl.SSLContext:
    try:
        return _trusting(settings.ca_file)
    except OSError as failure:
        raise ConfigurationError(
            f"{settings.server}: ca_file {settings.ca_file} cannot be used ({failure}); "
            "name a file of certificates in PEM"
        ) from failure


@lru_cache(maxsize=4)
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Remembered, because loading the system's certificates takes longer than sending a message."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _introduce(smtp: smtplib.SMTP, settings: SmtpSettings, tls: ssl.SSLContext) -> None:
    smtp.ehlo_or_helo_if_needed()
    if settings.security is Security.STARTTLS:
        smtp.starttls(context=tls)
        smtp.ehlo_or_helo_if_needed()
    if settings.user is not None and settings.password is not None:
        smtp.login(settings.user, settings.password)


def _sentence(settings: SmtpSettings, failure: Exception) -> WinddownError:
    """What went wrong, and what to do; never with the server's words on a password, which may repeat it."""
    wrong = _wrong_setting(settings, failure)
    return ConfigurationError(f"{settings.server}: {wrong}") if wrong else _outage(settings, failure)


def _wrong_setting(settings: SmtpSettings, failure: Exception) -> str | None:
    """What in the settings does not fit this server, if that is the trouble."""
    match failure:
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not to be trusted ({failure.verify_message}); "
                "correct the host's name, or name the file of its authority as ca_file"
            )
        case ssl.SSLError():
            return f"no TLS could be agreed on ({failure.reason}); check port and security"
        case smtplib.SMTPNotSupportedError():
            return f"{failure} Check port, security and user"
        case smtplib.SMTPAuthenticationError(smtp_code=code) if code // 100 == _NEVER:
            return (
                f"user {settings.user!r} or the password was refused (reply {code}); "
                "check both in settings and environment"
            )
        case smtplib.SMTPException() if type(failure) is smtplib.SMTPException:
            return f"{failure} Check the user, or ask for another way to log in"
    return None


def _outage(settings: SmtpSettings, failure: Exception) -> DeliveryError:
    if isinstance(failure, smtplib.SMTPResponseException):
        return DeliveryError(
            f"{settings.server}: it takes nothing at present (reply {failure.smtp_code}); "
            "run the command again later",
            provider="smtp",
            status=failure.smtp_code,
            body=f"reply {failure.smtp_code} on connecting",
        )
    return DeliveryError(
        f"{settings.server}: it cannot be reached ({failure}); "
        "check host and port, or run the command again later",
        provider="smtp",
        body=f"no connection ({type(failure).__name__})",
    )
