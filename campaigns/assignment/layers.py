"""Layers: experiments that share one own different shards of its salt, so that nobody is in two of them."""

from __future__ import annotations

from collections.abc import Mapping

from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import Experiment


def require_exclusive(campaign: str, experiments: Mapping[str, Experiment]) -> None:
    """See to it that a campaign's experiment shares no shard of its layer with another that runs meanwhile.

    Args:
        campaign: whose experiment it is.
        experiments: those of all campaigns of the workspace, by campaign.

    Raises:
        ConfigurationError: names both, and the shards that both claim.
    """
    ours = experiments[campaign]
    for other, theirs in sorted(experiments.items()):
        if other == campaign or ours.layer is None or theirs.layer is None:
            continue
        if ours.layer.overlaps(theirs.layer) and ours.meets(theirs):
            first = max(ours.layer.first_shard, theirs.layer.first_shard)
            end = min(ours.layer.end_shard, theirs.layer.end_shard)
            raise ConfigurationError(
                f"layer {ours.layer.name!r}: the experiments {ours.name!r} of {campaign} and {theirs.name!r} of "
                f"{other} both claim the shards [{first}, {end}], and people there would be in both; give one of "
                "them other `shards` under `experiment.layer`, or let one end before the other starts"
            )
