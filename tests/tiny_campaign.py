"""A tiny campaign and workspace: settings that let everybody pass, but for what a test changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from campaigns.settings.campaign import CampaignSettings
from campaigns.settings.workspace import WorkspaceSettings

CAMPAIGN: Mapping[str, Any] = {
    "name": "Weekly Winddown",
    "languages": ["en", "de"],
    "schedule": {"weekday": "saturday", "at": time(18), "timezone": "Europe/London"},
    "audience": {"subscriptions": ["active", "trial"], "active_within_days": 60},
    "recommendations": {"max_age_days": 4, "max_bad_share": 1},
    "rules": [{"rule": "kids", "listens": 1}, {"rule": "take", "slots": 1}],
    "experiment": {
        "name": "weekly-picks",
        "salt": "salt-1",
        "baseline": "control",
        "variants": [
            {"name": "control", "source": "curated", "share": 0.5},
            {"name": "treatment", "source": "recommended", "share": 0.5},
        ],
        "forced": {"staff": "treatment"},
    },
}
"""`campaign.toml`, as TOML reads it."""


def campaign(**changed: object) -> CampaignSettings:
    """The campaign, with keys of its tables changed or whole tables replaced."""
    return CampaignSettings.model_validate(
        dict(CAMPAIGN) | {key: _merged(key, new) for key, new in changed.items()}
    )


def _merged(key: str, new: object) -> object:
    old = CAMPAIGN.get(key)
    return {**old, **new} if isinstance(old, Mapping) and isinstance(new, Mapping) else new


def workspace(suffix: str = ".parquet", **changed: object) -> WorkspaceSettings:
    """A workspace whose tables lie in `data` as `TinyWorld.write` puts them."""
    tables = ("items", "collections", "users", "interactions", "curated", "suppressions")
    settings: dict[str, Any] = {
        "data": {table: f"data/{table}{suffix}" for table in tables} | {"recommendations": "data/recommendations"},
        "identity": {
            "from_name": "Winddown",
            "from_address": "hello@mail.winddown.example",
            "domain": "mail.winddown.example",
            "postal_address": "1 Quiet Lane, London",
            "feedback_id": "winddown1",
        },
        "links": {
            "base_url": "https://mail.winddown.example",
            "unsubscribe_mailbox": "unsubscribe@mail.winddown.example",
        },
    }
    return WorkspaceSettings(**(settings | changed))
