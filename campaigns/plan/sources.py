"""What a plan is a function of, but for what the ledger remembers: the first part of its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from campaigns.ground.edition import Edition
from campaigns.plan.declared import declare
from campaigns.plan.inputs import Inputs
from campaigns.settings.campaign import CampaignSettings
from campaigns.settings.workspace import WorkspaceSettings

Sources = Mapping[str, object]

_SENDER = ("identity", "links")
_PARTS = ("settings", "dogfood", "experiment", "holdout", "templates", *_SENDER)


def plan_sources(
    edition: Edition,
    root: Path,
    workspace: WorkspaceSettings,
    campaign: CampaignSettings,
    inputs: Inputs,
    *,
    template_hash: str,
) -> Sources:
    """Inputs by their fingerprints, settings, templates and seed."""
    return {
        "campaign": edition.campaign,
        "edition": edition.name,
        "as_of": moment_of(edition, campaign).isoformat(),
        "inputs": {name: [asdict(file) for file in found] for name, found in inputs.fingerprints(root).items()},
        "settings": campaign_source(campaign),
        "dogfood": dogfood_source(campaign),
        "experiment": declare(campaign.experiment),
        "holdout": workspace.holdout.model_dump(mode="json"),
        **sender_sources(workspace),
        "templates": template_hash,
        "seed": str(edition),
    }


def moment_of(edition: Edition, campaign: CampaignSettings) -> datetime:
    """The edition's moment, UTC: the first instant of the day on which the first messages are sent.

    It is not the clock's, so that planning on Thursday and on Friday from the same data gives the same plan.
    """
    day = edition.day(campaign.schedule.iso_weekday) - timedelta(days=campaign.days_before)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def campaign_source(campaign: CampaignSettings) -> object:
    """What of a campaign's settings decides who gets what; how and whether it may be sent does not."""
    apart = ("experiment", "dogfood", "guards", "approval")
    return campaign.model_dump(mode="json", exclude={**dict.fromkeys(apart, True), "schedule": {"quiet_hours"}})


def sender_sources(workspace: WorkspaceSettings) -> Sources:
    """What of an operator's settings every message shows: who it comes from, and where its links lead."""
    return {name: getattr(workspace, name).model_dump(mode="json") for name in _SENDER}


def dogfood_source(campaign: CampaignSettings) -> object:
    """Who gets the edition first, and what their messages ask."""
    return campaign.dogfood.model_dump(mode="json") if campaign.dogfood else None


def changed_sources(before: Sources, now: Sources) -> Iterator[str]:
    """What of a plan's sources is no longer what it was, in words."""
    old, new = cast("dict[str, object]", before["inputs"]), cast("dict[str, object]", now["inputs"])
    yield from (f"{name} data" for name in new if new[name] != old.get(name))
    yield from (name for name in _PARTS if now[name] != before.get(name))
