"""What an operator decides about the web service."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything is taken.

    Attributes:
        refusals_per_minute: so many requests of one address may be refused (no signature of ours, no such page)
            before it is answered 429. Requests that carry a signature of ours are never counted here: mailbox
            providers unsubscribe, and fetch pictures, for millions of people from a few addresses.
        refused_posts_per_minute: the same for posts to webhooks.
        uses_per_minute: so often one link of one delivery does something; it then still answers, but for
            unsubscribing, and nothing is recorded.
        form_bytes: of the form that unsubscribes.
        webhook_bytes: of one post. SNS posts at most 256 KiB of message, SendGrid batches of some 768 KB.
        webhook_bytes_at_once: of all posts that are being read; others are told to come again.
        body_seconds: how long a body may take to arrive.
        unsubscribe_pauses: seconds between attempts to reach a ledger that fails, before somebody is told so.
    """

    refusals_per_minute: int = 120
    refused_posts_per_minute: int = 600
    uses_per_minute: int = 60
    form_bytes: int = 16 * 1024
    webhook_bytes: int = 1024 * 1024
    webhook_bytes_at_once: int = 64 * 1024 * 1024
    body_seconds: float = 10.0
    unsubscribe_pauses: tuple[float, ...] = (0.2, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The web service's settings.

    Attributes:
        name: whose emails they are, as the pages say it.
        mailbox: takes unsubscribes by email; the pages name it where a link fails.
        trusted_proxies: whose `X-Forwarded-For` is believed.
        metrics_from: who may read `/metrics`.
        metrics_token: whoever sends it as a bearer token may, too; empty for nobody.
    """

    name: str
    mailbox: str
    trusted_proxies: tuple[Network, ...] = ()
    metrics_from: tuple[Network, ...] = LOOPBACK
    metrics_token: str = field(default="", repr=False)
    limits: Limits = field(default_factory=Limits)
