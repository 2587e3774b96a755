"""What an application's reader decides for one person, the engine decides for all."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.assignment.assigning import assign
from campaigns.ground.experiment import Experiment, Layer, Variant
from campaigns.wiring.picks_serving import trial_of
from recsource.engine import Engine
from recsource.serving.trial import Visitor

_EXPERIMENT = Experiment(
    name="home",
    salt="home-v1",
    variants=(
        Variant("control", "none", 0, 3_000),
        Variant("popularity", "popular", 3_000, 6_000),
        Variant("personalised", "recommended", 6_000, 10_000),
    ),
    baseline="control",
    traffic=1.0,
    forced={"staff": "personalised"},
)
_IDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20)


@given(
    st.sets(_IDS, min_size=1, max_size=60),
    st.sampled_from((0.0, 0.5, 1.0)),
    st.sampled_from((None, Layer("page", 0, 5_000), Layer("page", 5_000, 10_000))),
    st.sampled_from(("", "2026-W40", "2026-W50")),
)
@settings(max_examples=40)
def test_the_reader_and_the_engine_agree(ids: set[str], traffic: float, layer: Layer | None, start: str) -> None:
    experiment = replace(_EXPERIMENT, traffic=traffic, layer=layer, start=start)
    people = [(user_id, "staff" if number % 7 == 0 else "") for number, user_id in enumerate(sorted(ids))]
    with Engine(threads=1) as engine:
        engine.load("people", {"user_id": "VARCHAR", "cohort": "VARCHAR"}, people)
        assign(engine, "people", experiment, "2026-W47")
        rows = engine.rows("SELECT user_id, variant, source, method, bucket FROM assigned ORDER BY user_id")
    trial = trial_of(experiment, "2026-W47")
    found = {user_id: trial.assign(Visitor(user_id, cohort=cohort)) for user_id, cohort in people}
    assert {str(user_id): tuple(rest) for user_id, *rest in rows} == {
        user_id: (one.variant, one.source, one.method, one.bucket) for user_id, one in found.items()
    }
