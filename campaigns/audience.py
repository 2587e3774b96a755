"""The audience: who is eligible, and why everybody else is not. The same gates in every variant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from campaigns.ground.exclusion import Reason
from campaigns.ground.experiment import Experiment, Holdout
from campaigns.settings.campaign import CampaignSettings
from recsource.engine import PlanningEngine, Queries
from recsource.sharder import shard_sql

_SQL = Queries("campaigns")
_NO_NAMES = (
    "null",
    "none",
    "nan",
    "n/a",
    "na",
    "test",
    "user",
    "unknown",
    "undefined",
    "anonymous",
    "admin",
    "xxx",
)


def open_gates(
    engine: PlanningEngine,
    campaign: CampaignSettings,
    *,
    as_of: datetime,
    suppressed: Iterable[str],
    recent: Iterable[tuple[str, str]],
) -> None:
    """Make the tables `people`, with everybody and the reason of those excluded so far, and `eligible`.

    These are the gates that look at a person alone. Who may not be shown enough picks, shares an address with
    somebody, or is held out, is decided by `close_gates`, once the picks are known.

    Args:
        engine: holds the tables `users` and `suppressions`.
        campaign: its audience settings and languages.
        as_of: the edition's moment, UTC.
        suppressed: address keys that the ledger has suppressed.
        recent: `(edition, user_id)` of deliveries that the frequency cap counts.
    """
    engine.load("suppressed_keys", {"address_key": "VARCHAR"}, ((key,) for key in suppressed))
    engine.load("recent", {"edition": "VARCHAR", "user_id": "VARCHAR"}, recent)
    engine.run(
        _SQL("audience/people", campaign=campaign, audience=campaign.audience, as_of=as_of, no_names=_NO_NAMES)
    )


def close_gates(engine: PlanningEngine, slots: int, experiment: Experiment, holdout: Holdout) -> None:
    """Give the remaining reasons, and make the table `planned` of those who have none.

    The holdouts come last, so that they are made of people who would have had the email, and are comparable: the
    workspace's first, then the campaign's own.

    Args:
        engine: holds `people`, `picks`, `curated_lists`, `readers`; `popular_picks` where a variant shows them.
        slots: how many picks the email shows.
        experiment: says from which sources everybody needs that many, and the campaign's own holdout.
        holdout: the workspace's.
    """
    held_out = {Reason.HOLDOUT: holdout, Reason.CAMPAIGN_HOLDOUT: experiment.holdout}
    engine.run(
        _SQL(
            "audience/close",
            slots=slots,
            sources=experiment.sources(),
            holdouts=[
                (reason.value, shard_sql(each.salt, "people.user_id"), each.end_shard)
                for reason, each in held_out.items()
                if each
            ],
        )
    )


def count_excluded(engine: PlanningEngine) -> dict[Reason, int]:
    """How many people each gate excluded, in the gates' order, the idle ones included."""
    counted = {str(reason): int(str(n)) for reason, n in engine.rows(_SQL("audience/counts"))}
    return {reason: counted.get(reason, 0) for reason in Reason}
