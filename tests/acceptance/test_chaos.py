"""Senders killed at random instants beside providers that misbehave, in short; `make chaos` is the long form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from combinations import Combination, Outcome
from edition_to_send import World
from fresh_ledgers import FreshLedgers, fresh_ledgers
from postgres import find_binaries
from reckoning import KILLED, NO_CAUSE, Cause, Killed, arrivals, doubts, reckon
from sqlalchemy import create_engine, text
from table import wrongs
from trial import Conditions, Trial, a_trial

from campaigns.ground.delivery import State, Tally
from campaigns.ports.entries import Delivery
from campaigns.store.transitions import DIED

CASES = [
    pytest.param("smtp", "sqlite", 1, 3, id="smtp-sqlite-1"),
    pytest.param("smtp", "sqlite", 4, 2, id="smtp-sqlite-4"),
    pytest.param("smtp", "postgresql", 1, 3, id="smtp-postgresql-1"),
    pytest.param("ses", "sqlite", 1, 3, id="ses-sqlite-1"),
    pytest.param("ses", "postgresql", 4, 2, id="ses-postgresql-4"),
    pytest.param("sendgrid", "sqlite", 1, 3, id="sendgrid-sqlite-1"),
    pytest.param("sendgrid", "postgresql", 1, 3, id="sendgrid-postgresql-1"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("chaos") / "world", people=500)


@contextmanager
def ledgers_of(kind: str, world: World, folder: Path) -> Iterator[FreshLedgers]:
    if kind == "postgresql" and find_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with fresh_ledgers(kind, world, folder) as ledgers:
        yield ledgers


@pytest.mark.parametrize(("sender", "ledger", "workers", "kills"), CASES)
def test_nobody_gets_two_and_nobody_is_silently_lost(
    sender: str, ledger: str, workers: int, kills: int, world: World, tmp_path: Path
) -> None:
    conditions = Conditions(sender, workers, faults=0.05 if sender == "smtp" else 0.4, seed=47)
    with ledgers_of(ledger, world, tmp_path) as ledgers, a_trial(world, ledgers, conditions, tmp_path) as trial:
        trial.send(kills)
        reckoning = trial.reckoning()
    outcome = Outcome(trial.kills, trial.provider.process.faults, reckoning, trial.complaints)
    assert list(wrongs({Combination(sender, ledger, workers): outcome})) == []
    assert (outcome.kills > 0, outcome.faults > 0) == (True, True)
    assert (reckoning.explained, reckoning.unexplained) == (
        reckoning.uncertain_left + reckoning.uncertain_stayed,
        0,
    )
    assert reckoning.arrived + reckoning.uncertain_stayed + reckoning.rejected == reckoning.planned > 300


def test_a_ledger_that_forgets_and_a_provider_that_loses_are_found_out(world: World, tmp_path: Path) -> None:
    """Five that were accepted wait again, as with a tool that retries a whole batch; and three never arrived."""
    conditions = Conditions("smtp", 1, faults=0.0)
    with (
        ledgers_of("sqlite", world, tmp_path) as ledgers,
        a_trial(world, ledgers, conditions, tmp_path) as trial,
    ):
        trial.send()
        assert trial.reckoning().wrongs == {}
        forget(trial, 5)
        trial.send()
        lines = trial.record.read_text().splitlines(keepends=True)
        trial.record.write_text("".join(lines[3:]))
        reckoning = trial.reckoning()
    assert reckoning.wrongs == {"sent more than once": 5, "silently lost": 3}
    found = list(wrongs({Combination("smtp", "sqlite", 1): Outcome(reckoning=reckoning)}))
    assert found == ["smtp, sqlite, 1 worker: 5 sent more than once", "smtp, sqlite, 1 worker: 3 silently lost"]


def test_an_uncertain_one_that_nothing_on_record_explains_is_found_out_among_those_that_are(
    world: World, tmp_path: Path
) -> None:
    """As with a sender that gives up on a message of which the provider had kept nobody in doubt."""
    conditions = Conditions("sendgrid", 1, faults=0.4, seed=47)
    with (
        ledgers_of("sqlite", world, tmp_path) as ledgers,
        a_trial(world, ledgers, conditions, tmp_path) as trial,
    ):
        trial.send()
        before = trial.reckoning()
        doubt(trial, "no answer: timed out")
        reckoning = trial.reckoning()
    assert before.wrongs == {}
    assert reckoning.wrongs == {"uncertain without a recorded cause": 1}
    assert reckoning.uncertain[f"{NO_CAUSE}: no answer: timed out"] == Cause(left=1)
    assert reckoning.explained == before.explained > 0
    found = list(wrongs({Combination("sendgrid", "sqlite", 1): Outcome(reckoning=reckoning)}))
    assert found == ["sendgrid, sqlite, 1 worker: 1 uncertain without a recorded cause"]


def doubt(trial: Trial, detail: str) -> None:
    """Make the ledger uncertain of one that was accepted."""
    run(
        trial,
        "UPDATE deliveries SET state = 'uncertain', detail = :detail "
        "WHERE delivery_id = (SELECT min(delivery_id) FROM deliveries WHERE state = 'accepted')",
        detail=detail,
    )


def forget(trial: Trial, how_many: int) -> None:
    """Make the ledger send its last ones again."""
    run(
        trial,
        "UPDATE deliveries SET state = 'waiting', attempts = 0, claimed_at = NULL, "
        "owner = NULL, lease_until = NULL "
        "WHERE delivery_id IN (SELECT delivery_id FROM deliveries ORDER BY position DESC LIMIT :how_many)",
        how_many=how_many,
    )


def run(trial: Trial, statement: str, **values: object) -> None:
    """Tamper with the trial's ledger."""
    engine = create_engine(trial.settings["WINDDOWN_LEDGER__URL"])
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
SOUND = Delivery("a", "u1", State.ACCEPTED, 1, None, 250, "", NOW, None, NOW, "here/71-c0ffee/1")


@pytest.mark.parametrize(
    ("change", "arrived", "wrong"),
    [
        pytest.param({}, 1, {}, id="sound"),
        pytest.param({}, 2, {"sent more than once": 1}, id="twice"),
        pytest.param({}, 0, {"silently lost": 1}, id="accepted-and-never-arrived"),
        pytest.param({"state": State.WAITING}, 0, {"silently lost": 1}, id="still-waiting"),
        pytest.param({"state": State.SUBMITTING}, 0, {"silently lost": 1}, id="in-flight-for-ever"),
        pytest.param({"state": State.REJECTED, "detail": "550"}, 0, {}, id="rejected"),
        pytest.param({"state": State.REJECTED}, 0, {"silently lost": 1}, id="rejected-without-a-word"),
        pytest.param(
            {"state": State.REJECTED, "detail": "550"},
            1,
            {"sent although the ledger says otherwise": 1},
            id="rejected-and-sent",
        ),
    ],
)
def test_every_broken_promise_is_named(
    change: dict[str, object], arrived: int, wrong: dict[str, int], tmp_path: Path
) -> None:
    record = tmp_path / "record"
    record.write_text("a 1795327200.5\n" * arrived)
    delivery = replace(SOUND, **change)  # type: ignore[arg-type]  # fields by name
    found = reckon([delivery], tally_of(delivery), arrivals(record), killed=set(), doubted={})
    assert found.wrongs == wrong


RESET, SOUND_LINE = "a 1795327200.5 reset\n", "a 1795327201.5\n"


@pytest.mark.parametrize(
    ("detail", "owner", "attempts", "why"),
    [
        pytest.param(DIED, "here/71-c0ffee/1", "", KILLED, id="its-run-was-killed"),
        pytest.param(DIED, "here/72-c0ffee/2", "", KILLED, id="its-worker-was-killed"),
        pytest.param(DIED, "here/72-c0ffee/1", "", f"{NO_CAUSE}: {DIED}", id="another-worker-was-killed"),
        pytest.param(DIED, "here/73-c0ffee/1", "", f"{NO_CAUSE}: {DIED}", id="nobody-of-its-run-was-killed"),
        pytest.param(DIED, "here/73-c0ffee/1", RESET, f"{NO_CAUSE}: {DIED}", id="a-fault-kills-nobody"),
        pytest.param("lost", "here/71-c0ffee/1", RESET, "the provider: reset", id="a-fault-of-its-own"),
        pytest.param("lost", "here/71-c0ffee/1", "", f"{NO_CAUSE}: lost", id="not-even-handed-over"),
        pytest.param("lost", "here/71-c0ffee/1", SOUND_LINE, f"{NO_CAUSE}: lost", id="answered-soundly"),
        pytest.param(
            "lost", "here/71-c0ffee/1", RESET + SOUND_LINE, f"{NO_CAUSE}: lost", id="soundly-the-last-time"
        ),
        pytest.param(
            "lost", "here/71-c0ffee/1", RESET.replace("a", "b"), f"{NO_CAUSE}: lost", id="another-one-s-fault"
        ),
        pytest.param(
            "",
            "here/71-c0ffee/1",
            RESET,
            f"{NO_CAUSE}: nor does the ledger say a word",
            id="no-word-in-the-ledger",
        ),
    ],
)
def test_an_uncertain_one_is_explained_by_a_kill_or_a_fault_that_struck_it_and_by_no_other(
    detail: str, owner: str, attempts: str, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "attempts"
    file.write_text(attempts)
    killed = {Killed(71), Killed(72, 2)}
    delivery = replace(SOUND, state=State.UNCERTAIN, detail=detail, owner=owner)
    found = reckon([delivery], tally_of(delivery), Counter(), killed=killed, doubted=doubts(file))
    assert found.uncertain == {why: Cause(stayed=1)}
    assert found.wrongs == ({"uncertain without a recorded cause": 1} if NO_CAUSE in why else {})


def test_who_is_missing_from_the_ledger_or_unknown_to_it_is_counted() -> None:
    missing = reckon([SOUND], Tally(planned=2, accepted=2), Counter("a"), killed=set(), doubted={})
    assert missing.wrongs == {"silently lost": 1, "editions whose counts do not balance": 1}
    stranger = reckon([SOUND], tally_of(SOUND), Counter("ab"), killed=set(), doubted={})
    assert stranger.wrongs == {"sent although the ledger says otherwise": 1}


def test_uncertain_ones_are_counted_by_cause_and_by_whether_they_had_left() -> None:
    lost = replace(SOUND, state=State.UNCERTAIN, detail="lost")
    tally, doubted = tally_of(lost), {"a": "reset"}
    left = reckon([lost], tally, Counter("a"), killed=set(), doubted=doubted)
    stayed = reckon([lost], tally, Counter(), killed=set(), doubted=doubted)
    together = left + stayed + stayed
    assert together.uncertain == {"the provider: reset": Cause(left=1, stayed=2)}
    assert (together.explained, together.unexplained) == (3, 0)


def tally_of(delivery: Delivery) -> Tally:
    """The counts of an edition with one delivery."""
    match delivery.state:
        case State.SUBMITTING:
            return Tally(planned=1, uncertain=1, in_flight=1)
        case state:
            return Tally(planned=1, **{state.value: 1})
