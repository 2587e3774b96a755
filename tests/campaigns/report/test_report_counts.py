"""Planted worlds with known answers, through the real SQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from planted import (
    DAY,
    EDITION,
    HOUR,
    LATER,
    SECOND,
    SENT,
    Person,
    World,
    counted,
    delivered,
    experiment,
    funnel,
    metric,
    opened,
    studied,
)

from campaigns.ground.event import EventType
from campaigns.report import report
from campaigns.report.result import Report
from recsource.engine import Engine
from recsource.errors import InputError


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as made:
        yield made


def told(engine: Engine, folder: Path, *people: Person, now: datetime = LATER) -> Report:
    return studied(engine, World(folder, people), now=now)


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        (-SECOND, False),
        (timedelta(0), True),
        (DAY - SECOND, True),
        (DAY, False),
    ],
)
def test_the_window_holds_its_first_instant_and_not_its_last(
    engine: Engine, tmp_path: Path, *, after: timedelta, counts: bool
) -> None:
    found = told(engine, tmp_path, Person(completed=(SENT + after,)))
    assert counted(found)["control"] == (int(counts), 1)


@pytest.mark.parametrize(
    ("after", "counts"),
    [(-SECOND, False), (timedelta(0), True), (DAY - SECOND, True), (DAY, False)],
)
def test_the_window_of_opening_is_half_open_too(
    engine: Engine, tmp_path: Path, *, after: timedelta, counts: bool
) -> None:
    opening = SENT + 30 * HOUR
    found = told(engine, tmp_path, Person(events=(opened(opening),), completed=(opening + after,)))
    assert counted(found, "completed_24h_of_opening")["control"] == (int(counts), 1)


def test_the_window_begins_when_the_message_was_accepted_not_when_it_was_due(
    engine: Engine, tmp_path: Path
) -> None:
    late = SENT + 5 * HOUR
    found = told(
        engine,
        tmp_path,
        Person(accepted=late, completed=(SENT + HOUR,)),
        Person(accepted=late, completed=(SENT + 26 * HOUR,)),
    )
    assert counted(found)["control"] == (1, 2)


def test_the_providers_word_moves_an_acceptance_forward_but_never_before_it_was_due(
    engine: Engine, tmp_path: Path
) -> None:
    late = SENT + 10 * HOUR
    found = told(
        engine,
        tmp_path,
        Person(accepted=late, events=(delivered(SENT + HOUR),), completed=(SENT + 2 * HOUR,)),
        Person(accepted=late, events=(delivered(SENT - 5 * HOUR),), completed=(SENT - HOUR,)),
    )
    assert counted(found)["control"] == (1, 2)


def test_nobody_drops_out_who_was_never_sent_to(engine: Engine, tmp_path: Path) -> None:
    found = told(engine, tmp_path, Person(accepted=None, completed=(SENT + HOUR,)), Person(accepted=None))
    assert counted(found)["control"] == (1, 2)
    assert funnel(found, "sent")["control"] == 0


def test_repeated_events_and_completions_count_once(engine: Engine, tmp_path: Path) -> None:
    story = Person(events=(opened(SENT + HOUR),) * 3, completed=(SENT + 2 * HOUR,) * 3)
    found = told(engine, tmp_path, story)
    assert funnel(found, "opened")["control"] == 1
    assert counted(found, "completed_24h_of_opening")["control"] == (1, 1)


def test_machine_openings_in_one_arm_only_stay_out_of_the_human_figures(engine: Engine, tmp_path: Path) -> None:
    people = [Person("control", events=(opened(SENT + HOUR),), completed=(SENT + 2 * HOUR,))] * 10
    people += [Person("treatment", events=(opened(SENT + HOUR),), completed=(SENT + 2 * HOUR,))] * 10
    people += [Person("treatment", events=(opened(SENT, machine=True),))] * 30
    found = told(engine, tmp_path, *people)
    assert funnel(found, "opened") == {"control": 10, "treatment": 10}
    assert funnel(found, "opened_any") == {"control": 10, "treatment": 40}
    assert counted(found, "completed_24h_of_opening")["treatment"] == (10, 10)
    assert counted(found, "completed_24h_of_any_opening")["treatment"] == (10, 40)


def test_a_machines_opening_does_not_start_a_persons_window(engine: Engine, tmp_path: Path) -> None:
    events = (opened(SENT, machine=True), opened(SENT + 40 * HOUR))
    found = told(engine, tmp_path, Person(events=events, completed=(SENT + 41 * HOUR,)))
    assert counted(found, "completed_24h_of_opening")["control"] == (1, 1)
    assert counted(found, "completed_24h_of_any_opening")["control"] == (0, 1)


def test_forced_and_outside_people_are_counted_beside_and_never_among(engine: Engine, tmp_path: Path) -> None:
    done = (SENT + HOUR,)
    world = World(
        tmp_path,
        [
            Person("control"),
            Person("treatment", completed=done),
            Person("treatment", method="forced", completed=done),
            Person("control", method="outside_traffic", completed=done),
        ],
        excluded=["inactive", "no_consent", "inactive"],
    )
    found = studied(engine, world)
    assert counted(found) == {"control": (0, 1), "treatment": (1, 1)}
    assert [(row.method, row.variant, row.people) for row in found.left_out] == [
        ("forced", "treatment", 1),
        ("outside_traffic", "control", 1),
    ]
    assert [(row.reason, row.people) for row in found.excluded] == [("inactive", 2), ("no_consent", 1)]


def test_a_provider_without_delivery_reports_is_taken_to_deliver_what_did_not_bounce(
    engine: Engine, tmp_path: Path
) -> None:
    bounced = (EventType.BOUNCED, SENT + HOUR, False)
    found = told(engine, tmp_path, Person(), Person(events=(bounced,)), Person(accepted=None))
    assert funnel(found, "delivered")["control"] == 1


def test_with_delivery_reports_only_the_reported_are_delivered(engine: Engine, tmp_path: Path) -> None:
    found = told(engine, tmp_path, Person(events=(delivered(),)), Person(), Person(events=(opened(SENT + HOUR),)))
    assert funnel(found, "delivered")["control"] == 1
    assert funnel(found, "opened")["control"] == 1


def test_nothing_later_than_now_is_counted_and_open_windows_are_said(engine: Engine, tmp_path: Path) -> None:
    people = [
        Person(variant, events=(opened(SENT + HOUR), opened(SENT + 3 * HOUR)), completed=(SENT + 9 * HOUR,))
        for variant in ("control", "treatment")
    ] + [Person("treatment", accepted=None, due=SENT - 24 * HOUR)]
    found = told(engine, tmp_path, *people, now=SENT + 8 * HOUR)
    assert counted(found) == {"control": (0, 1), "treatment": (0, 2)}
    assert metric(found).pending == 2
    assert [verdict.finding for verdict in found.verdicts] == ["too_early"]
    assert "2 of 3 people are still within their 24 hours" in found.verdicts[0].sentence


def test_events_after_now_are_not_known_yet(engine: Engine, tmp_path: Path) -> None:
    person = Person(events=(opened(SENT + HOUR), (EventType.CLICKED, SENT + 2 * HOUR, False)))
    before = told(engine, tmp_path / "a", person, now=SENT + HOUR - SECOND)
    after = told(engine, tmp_path / "b", person, now=SENT + HOUR)
    assert (funnel(before, "opened")["control"], funnel(after, "opened")["control"]) == (0, 1)
    assert funnel(after, "clicked")["control"] == 0


def test_a_scanners_click_is_no_persons(engine: Engine, tmp_path: Path) -> None:
    by_machine, by_person = ((EventType.CLICKED, SENT + HOUR, machine) for machine in (True, False))
    found = told(engine, tmp_path, Person(events=(by_machine,)), Person(events=(by_machine, by_person)))
    assert funnel(found, "clicked")["control"] == 1


def test_a_window_closes_at_its_last_instant(engine: Engine, tmp_path: Path) -> None:
    assert metric(told(engine, tmp_path / "a", Person(), now=SENT + DAY)).pending == 0
    assert metric(told(engine, tmp_path / "b", Person(), now=SENT + DAY - SECOND)).pending == 1


@pytest.mark.parametrize("ending", ["csv", "parquet", "parquet-zoned", "jsonl"])
def test_interactions_are_read_in_every_format_with_offsets_converted(
    engine: Engine, tmp_path: Path, ending: str
) -> None:
    """Two people complete at 19:30+02:00, before the sending at 18:00 UTC, and at 20:30+02:00, after it."""
    world = World(tmp_path, [Person(), Person()])
    text = {"u0": "2026-11-21T19:30:00+02:00", "u1": "2026-11-21T20:30:00+02:00"}
    types = {"parquet": "TIMESTAMPTZ::TIMESTAMP", "parquet-zoned": "TIMESTAMPTZ"}
    kind = {"csv": "csv", "jsonl": "json"}.get(ending, "parquet")
    path = tmp_path / f"app.{ending.partition('-')[0]}"
    rows = " UNION ALL ".join(
        f"SELECT '{user}' AS user_id, 'i' AS item_id, 'complete' AS event, "
        f"'{moment}'::{types.get(ending, 'VARCHAR')} AS \"at\""
        for user, moment in text.items()
    )
    engine.run(f"COPY ({rows}) TO '{path}' (FORMAT {kind})")
    found = report(
        [(EDITION, tmp_path)],
        experiment(),
        folder=tmp_path,
        ledger=world.ledger,
        interactions=[path],
        items=world.items,
        engine=engine,
        now=LATER,
    ).report
    assert counted(found)["control"] == (1, 2)


def test_workspace_and_ingested_interactions_are_one_pile(engine: Engine, tmp_path: Path) -> None:
    world = World(tmp_path, [Person(completed=(SENT + HOUR,)), Person()])
    engine.run(
        "COPY (SELECT 'u1' AS user_id, 'i' AS item_id, 'complete' AS event, "
        "TIMESTAMP '2026-11-21 20:00:00' AS \"at\") "
        f"TO '{tmp_path}/interactions-1.parquet' (FORMAT parquet)"
    )
    found = report(
        [(EDITION, tmp_path)],
        experiment(),
        items=world.items,
        folder=tmp_path,
        ledger=world.ledger,
        interactions=[*world.interactions, tmp_path / "interactions-*.parquet", tmp_path / "none-*.parquet"],
        engine=engine,
        now=LATER,
    ).report
    assert counted(found)["control"] == (2, 2)


def test_other_events_than_completions_do_not_count(engine: Engine, tmp_path: Path) -> None:
    world = World(tmp_path, [Person(completed=(SENT + HOUR,))])
    (path,) = world.interactions
    path.write_text(path.read_text().replace("complete", "listen"))
    assert counted(studied(engine, world))["control"] == (0, 1)


@pytest.mark.parametrize("missing", ["assignments.parquet", "plan.parquet", "excluded.parquet", "manifest.json"])
def test_a_missing_file_of_the_edition_is_named(engine: Engine, tmp_path: Path, missing: str) -> None:
    world = World(tmp_path, [Person()])
    (tmp_path / missing).unlink()
    with pytest.raises(InputError, match=f"{missing}: there is no such file; plan the edition first"):
        studied(engine, world)


def test_without_any_interactions_there_is_no_report(engine: Engine, tmp_path: Path) -> None:
    world = World(tmp_path, [Person()])
    world.interactions[0].unlink()
    with pytest.raises(InputError, match="no file matches"):
        studied(engine, world)


@pytest.mark.parametrize(
    "content", ["user_id,item_id\nu0,i1\n", "user_id,item_id,event,at\nu0,i1,complete,soon\n"]
)
def test_unreadable_interactions_are_an_error_in_a_sentence(engine: Engine, tmp_path: Path, content: str) -> None:
    world = World(tmp_path, [Person()])
    world.interactions[0].write_text(content)
    with pytest.raises(InputError, match=r"cannot be read: .*wanted the columns user_id, item_id, event and at"):
        studied(engine, world)


def test_an_undeclared_variant_is_an_error(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"assigned to 'surprise'.* declares control, treatment"):
        told(engine, tmp_path, Person("surprise"))


def test_assignments_without_a_place_in_the_plan_are_an_error(engine: Engine, tmp_path: Path) -> None:
    world = World(tmp_path / "a", [Person(), Person()])
    World(tmp_path / "b", [Person()])
    (tmp_path / "b" / "plan.parquet").replace(tmp_path / "a" / "plan.parquet")
    with pytest.raises(InputError, match=r"1 people have no row in plan\.parquet, 'u1' the first"):
        studied(engine, world)


MOMENTS = st.integers(-30, 60).map(lambda hours: SENT + timedelta(hours=hours))
PEOPLE = st.builds(
    Person,
    variant=st.sampled_from(["control", "treatment"]),
    method=st.sampled_from(["randomised", "randomised", "forced", "outside_traffic"]),
    accepted=st.none() | st.integers(0, 20).map(lambda hours: SENT + timedelta(hours=hours)),
    events=st.lists(
        st.tuples(st.sampled_from([*EventType]), MOMENTS, st.booleans()),
        max_size=4,
    ).map(tuple),
    completed=st.lists(MOMENTS, max_size=2).map(tuple),
)


@given(people=st.lists(PEOPLE, min_size=1, max_size=12), hours=st.integers(-40, 90))
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_accounts_balance_whatever_happened(
    engine: Engine, tmp_path: Path, people: list[Person], hours: int
) -> None:
    found = told(engine, tmp_path, *people, now=SENT + timedelta(hours=hours))
    assert sum(funnel(found, "assigned").values()) + sum(row.people for row in found.left_out) == len(people)
    for arm in found.arms:
        steps = arm.funnel
        assert steps["delivered"] <= steps["sent"] <= steps["assigned"]
        assert steps["opened"] <= steps["opened_any"] <= steps["sent"]
        assert steps["clicked"] <= steps["sent"]
        assert steps["completed_of_opened"] <= steps["opened"]
        assert steps["completed_of_sending"] <= steps["assigned"]
    assert counted(found) == {
        arm.variant: (arm.funnel["completed_of_sending"], arm.funnel["assigned"]) for arm in found.arms
    }
    for result in found.metrics:
        assert 0 <= result.pending <= sum(funnel(found, "assigned").values())
