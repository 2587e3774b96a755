"""What an operator decides about SendGrid."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from campaigns.ground.errors import ConfigurationError

HOST = "https://api.sendgrid.com"
EU_HOST = "https://api.eu.sendgrid.com"
"""For subusers whose data stays in the European Union."""

MOST = 1000  # personalizations a request takes: SendGrid's "Mail Send: Limitations"
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class SendGridSettings:
    """SendGrid's API v3.

    Attributes:
        api_key: with the permission `mail.send`; those to read domains, webhooks and credits are of use.
        from_address: whom the messages come from: preflight looks whether SendGrid signs for its domain.
        host: `EU_HOST`, or a server on this machine, instead.
        timeout_s: for connecting, and for each silence after that.
        track_opens: whether SendGrid adds a picture of its own.
        track_clicks: whether SendGrid rewrites the links. With either, what arrives is not what was rendered.
        google_analytics: whether SendGrid adds utm parameters; the links have ours.
    """

    api_key: str = field(repr=False)
    from_address: str
    host: str = HOST
    batch_size: int = MOST
    timeout_s: float = 60
    track_opens: bool = False
    track_clicks: bool = False
    google_analytics: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ConfigurationError: there is no key, the batch is too large, or the key would travel in the clear.
        """
        if not self.api_key.isascii() or not self.api_key.isprintable() or not self.api_key.strip():
            raise ConfigurationError("SendGrid's API key is missing or no plain text; put it into the environment")
        if not 1 <= self.batch_size <= MOST:
            raise ConfigurationError(f"SendGrid's batch_size is {self.batch_size}; wanted 1 to {MOST}")
        url = urlsplit(self.host)
        if not url.hostname or url.path or (url.scheme != "https" and url.hostname not in _HERE):
            raise ConfigurationError(f"SendGrid's host is {self.host!r}; wanted {HOST} or {EU_HOST}")

    @property
    def domain(self) -> str:
        """Of the address that the messages come from, in lower case."""
        return self.from_address.rpartition("@")[2].lower()

    @property
    def switches(self) -> dict[str, object]:
        """A request's settings. All are said: what is left out would be as the account has it."""
        return {
            "tracking_settings": {
                "click_tracking": {"enable": self.track_clicks, "enable_text": False},
                "open_tracking": {"enable": self.track_opens},
                "subscription_tracking": {"enable": False},
                "ganalytics": {"enable": self.google_analytics},
            },
            "mail_settings": {
                "footer": {"enable": False},
                "sandbox_mode": {"enable": False},
            },
        }
