"""Salts: one for each decision, or a holdout would take its people out of one variant alone."""

from __future__ import annotations

from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import Experiment, Holdout


def require_independent(experiment: Experiment, holdout: Holdout) -> None:
    """See to it that the workspace's holdout decides by a salt of its own.

    Within the experiment, `settings.experiment` has seen to the same.

    Raises:
        ConfigurationError: the experiment uses the salt, too.
    """
    salts = {experiment.salt, experiment.traffic_salt}
    salts |= {part.salt for part in (experiment.holdout, experiment.layer) if part}
    if holdout.share and holdout.salt in salts:
        raise ConfigurationError(
            f"the salt {holdout.salt!r} stands under [holdout] in winddown.toml and is used by experiment "
            f"{experiment.name!r} in campaign.toml, too; what the two decide would depend on each other; "
            "give one of them another"
        )
