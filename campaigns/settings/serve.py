"""`[serve]` in `winddown.toml`: the web service for unsubscribes, clicks and providers' events."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, IPvAnyNetwork, PositiveInt

from campaigns.settings.reading import Frozen


class ServeSettings(Frozen):
    """Where it listens, and whom it believes.

    Attributes:
        trusted_proxies: networks whose `X-Forwarded-For` is believed.
        refusals_per_minute: so many requests of one address may be refused before it is turned away for a while;
            requests that carry a signature of ours are never counted.
        sns_topics: Amazon's names of the topics that may post to `/webhooks/ses`; none for no such webhook.
        sendgrid_public_keys: of SendGrid's signed event webhook; several while one is being replaced.
        metrics_from: networks that may read `/metrics`; others need `WINDDOWN_METRICS_TOKEN`.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(gt=0, lt=65536)] = 8400
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    refusals_per_minute: PositiveInt = 120
    sns_topics: tuple[Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:\S+$")], ...] = ()
    sendgrid_public_keys: tuple[str, ...] = ()
    metrics_from: tuple[IPvAnyNetwork, ...] = ()
