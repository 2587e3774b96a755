"""What must not depend on each other does not: experiments of one layer, and the salts of one campaign."""

from __future__ import annotations

import pytest
from tiny_campaign import campaign

from campaigns.assignment.layers import require_exclusive
from campaigns.assignment.salts import require_independent
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.experiment import Experiment, Holdout


def _in_layer(first: int, last: int, layer: str = "home", **declared: object) -> Experiment:
    settings = {"layer": {"name": layer, "shards": [first, last]}, **declared}
    return campaign(experiment=settings).experiment.experiment()


def test_two_experiments_that_claim_the_same_people_of_a_layer_are_refused_with_the_shards_named() -> None:
    claimed = {"weekly": _in_layer(0, 6_000), "daily": _in_layer(5_000, 10_000)}
    with pytest.raises(ConfigurationError) as caught:
        require_exclusive("weekly", claimed)
    assert str(caught.value).startswith(
        "layer 'home': the experiments 'weekly-picks' of weekly and 'weekly-picks' of daily both claim the "
        "shards [5000, 6000]"
    )


@pytest.mark.parametrize(
    "other",
    [
        _in_layer(6_000, 10_000),
        _in_layer(0, 6_000, layer="sleep"),
        campaign().experiment.experiment(),
        _in_layer(0, 10_000, end="2026-W46"),
        _in_layer(0, 10_000, start="2027-W01"),
    ],
    ids=["other shards", "another layer", "no layer", "ended before", "starts afterwards"],
)
def test_experiments_that_nobody_can_be_in_together_may_run(other: Experiment) -> None:
    claimed = {"weekly": _in_layer(0, 6_000, start="2026-W47", end="2026-W53"), "other": other}
    require_exclusive("weekly", claimed)
    require_exclusive("other", claimed)


@pytest.mark.parametrize("salt", ["salt-1", "salt-1-traffic", "layer-home", "weekly-out"])
def test_a_workspaces_holdout_that_shares_a_salt_with_the_experiment_is_refused(salt: str) -> None:
    """Those whose shard is low would be held out, and they are the first variant's people."""
    experiment = _in_layer(0, 6_000, holdout={"share": 0.1, "salt": "weekly-out"})
    with pytest.raises(ConfigurationError, match=f"the salt '{salt}' stands under .holdout. in winddown.toml"):
        require_independent(experiment, Holdout(0.1, salt))
    require_independent(experiment, Holdout(0.0, salt))
    require_independent(experiment, Holdout(0.1, "holdout"))
