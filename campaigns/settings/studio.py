"""`[studio]` in `winddown.toml`: the pages on which an edition is previewed, curated and approved."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from campaigns.settings.reading import Frozen


class StudioSettings(Frozen):
    """Where it listens, and to whom its test messages go.

    Attributes:
        host: any other than this machine's own loopback address demands a token of whoever asks.
        hosts: further names under which browsers reach it, such as `studio.example.org`; others are refused.
        seed_list: addresses that a test message can be sent to all at once.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(gt=0, lt=65536)] = 8500
    hosts: tuple[str, ...] = ()
    seed_list: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()
