"""The order that workers get, from what an operator and a marketer have set."""

from __future__ import annotations

import random
from datetime import timedelta

from campaigns.dispatch.guards import Canary, Guards
from campaigns.dispatch.order import Order
from campaigns.dispatch.pacing import Rate
from campaigns.dispatch.timing import QuietHours, WarmUp
from campaigns.ground.shard import WHOLE, Shard
from campaigns.plan.manifest import Manifest, planned
from campaigns.settings.campaign import CampaignSettings, GuardSettings
from campaigns.wiring.workspace import Workspace


def order_for(workspace: Workspace, campaign: CampaignSettings, manifest: Manifest, shard: Shard = WHOLE) -> Order:
    """How an edition is to be sent; a value, so that it can be handed to other processes."""
    sender, schedule = workspace.settings.sender, campaign.schedule
    warm_up = sender.warm_up
    return Order(
        give_up_after=schedule.give_up_after,
        retry_after=timedelta(minutes=sender.retry_after_minutes),
        max_attempts=sender.max_attempts,
        lease=timedelta(minutes=sender.lease_minutes),
        rate=Rate(sender.max_per_second),
        warm_up=WarmUp(warm_up.first, warm_up.daily) if warm_up else None,
        quiet=QuietHours(*schedule.quiet) if schedule.quiet else None,
        guards=_guards(campaign.guards, planned(manifest)),
        shard=shard,
        random=_chance,
    )


def _guards(settings: GuardSettings, people: int) -> Guards:
    canary = settings.canary
    return Guards(
        max_total=settings.max_total,
        max_rejected=settings.max_rejected,
        max_bounced=settings.max_bounced,
        max_complained=settings.max_complained,
        max_unrendered=settings.max_unrendered,
        canary=Canary(canary.size(people), timedelta(minutes=canary.pause_minutes)) if canary else None,
    )


def _chance() -> float:
    """Jitter; every process has its own."""
    return random.random()  # noqa: S311 - nobody gains by guessing it
