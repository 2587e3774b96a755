"""`[experiment]`: declared whole, or refused in a sentence."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tiny_campaign import campaign

from campaigns.ground.experiment import Experiment, Guardrail, Holdout, Layer, PlannedContrast, Scheme
from campaigns.ground.metric import MetricName

ABC = [
    {"name": "control", "source": "curated", "share": 0.2},
    {"name": "popularity", "source": "popular", "share": 0.4},
    {"name": "personalised", "source": "recommended", "share": 0.4},
]


def _declared(**changed: object) -> Experiment:
    return campaign(experiment=changed).experiment.experiment()


def test_what_is_declared_is_what_the_experiment_is() -> None:
    experiment = _declared(
        version=3,
        hypothesis="Picks of one's own are completed more often.",
        assignment="weekly",
        variants=ABC,
        forced={},
        holdout={"share": 0.05, "salt": "weekly-out"},
        layer={"name": "home", "shards": [0, 5_000]},
        start="2026-W47",
        end="2027-W02",
        primary="completion_days_7",
        secondary=["clicked", "completed_24h_of_opening"],
        guardrails=[{"metric": "unsubscribed", "margin": 0.1, "relative": True}],
        minimum_effect=0.01,
        looks=[0.25, 0.5, 0.75, 1],
        contrasts=[["personalised", "control"], ["personalised", "popularity"]],
        subject_is_treatment=True,
    )
    assert (experiment.version, experiment.scheme) == (3, Scheme.WEEKLY)
    assert experiment.salt_in("2026-W47") == "salt-1-2026-W47"
    assert [variant.share for variant in experiment.variants] == [0.2, 0.4, 0.4]
    assert experiment.holdout == Holdout(0.05, "weekly-out")
    assert experiment.layer == Layer("home", 0, 5_000)
    assert experiment.primary is MetricName.COMPLETION_DAYS_7
    assert experiment.guardrails == (Guardrail(MetricName.UNSUBSCRIBED, 0.1, relative=True),)
    assert experiment.secondary == (MetricName.CLICKED, MetricName.COMPLETED_24H_OF_OPENING)
    assert (experiment.minimum_effect, experiment.looks) == (0.01, (0.25, 0.5, 0.75, 1))
    assert experiment.contrasts == (
        PlannedContrast("personalised", "control"),
        PlannedContrast("personalised", "popularity"),
    )
    assert experiment.sources() == {"curated", "popular", "recommended"}
    assert [experiment.runs_in(week) for week in ("2026-W46", "2026-W47", "2027-W02", "2027-W03")] == [
        False,
        True,
        True,
        False,
    ]


def test_what_is_left_out_is_a_sticky_experiment_with_each_variant_against_the_baseline() -> None:
    experiment = _declared(variants=ABC, forced={}, salt="")
    assert experiment.salt_in("2026-W47") == "weekly-picks-v1"
    assert experiment.contrasts == (
        PlannedContrast("popularity", "control"),
        PlannedContrast("personalised", "control"),
    )
    assert experiment.primary is MetricName.COMPLETED_24H_OF_SENDING
    assert experiment.looks == (1.0,)
    assert experiment.runs_in("1999-W01")
    assert experiment.runs_in("2099-W01")


def test_another_version_has_another_salt() -> None:
    assert _declared(salt="", version=2).salt == "weekly-picks-v2"


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"start": "2026-47"}, "'2026-47' is no edition; wanted an ISO week such as '2026-W47'"),
        ({"start": "2026-W54"}, "'2026-W54' is no edition"),
        ({"start": "2026-W47", "end": "2026-W40"}, "it ends with 2026-W40, before it starts with 2026-W47"),
        (
            {"looks": [0.5]},
            "`looks` is [0.5]; wanted growing shares of the planned information, the last of them 1.0",
        ),
        ({"looks": [0.5, 0.5, 1]}, "`looks` is [0.5, 0.5, 1.0]; wanted growing"),
        ({"looks": []}, "`looks` is []; wanted growing"),
        ({"primary": "completed_24h_of_opening"}, "whose people are chosen after they were treated"),
        ({"primary": "opens"}, "Input should be 'completed_24h_of_sending'"),
        ({"secondary": ["clicked", "clicked"]}, "metric 'clicked' is named twice"),
        ({"secondary": ["completed_24h_of_sending"]}, "metric 'completed_24h_of_sending' is named twice"),
        ({"contrasts": [["treatment", "other"]]}, "'other' is no variant; wanted one of control, treatment"),
        ({"contrasts": [["control", "control"]]}, "`contrasts` compares 'control' with itself"),
        ({"contrasts": [["treatment", "control"]] * 2}, "`contrasts` has a pair twice"),
        (
            {"layer": {"name": "home", "shards": [5_000, 5_000]}},
            "`shards` is [5000, 5000]; wanted the first shard below",
        ),
        ({"layer": {"name": "home", "shards": [0, 10_001]}}, "less than or equal to 10000"),
        ({"holdout": {"share": 0.1, "salt": "salt-1"}}, "the salt 'salt-1' decides two things"),
        ({"holdout": {"share": 0.1, "salt": "salt-1-traffic"}}, "the salt 'salt-1-traffic' decides two things"),
        ({"guardrails": [{"metric": "bounced", "margin": 0}]}, "greater than 0"),
        ({"unit": "device"}, "Input should be 'user'"),
        ({"minimum_effect": 0}, "greater than 0"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _declared(**changed)
    assert complaint in str(caught.value)
