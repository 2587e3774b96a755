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
from reckoning import Explained, arrivals, reckon
from sqlalchemy import create_engine, text
from table import wrongs
from trial import Conditions, Trial, a_trial

from campaigns.ground.delivery import State, Tally
from campaigns.ports.entries import Delivery
from campaigns.store.transitions import DIED

CASES = [
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
    outcome = Outcome(trial.kills, trial.provider.faults, reckoning, trial.complaints)
    assert list(wrongs({Combination(sender, ledger, workers): outcome})) == []
    assert (outcome.kills > 0, outcome.faults > 0) == (True, True)
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


def forget(trial: Trial, how_many: int) -> None:
    """Make the ledger send its last ones again."""
    engine = create_engine(trial.settings["WINDDOWN_LEDGER__URL"])
    last = f"SELECT delivery_id FROM deliveries ORDER BY position DESC LIMIT {how_many}"
    with engine.begin() as connection:
        connection.execute(
            text(
                f"UPDATE deliveries SET state = 'waiting', attempts = 0, claimed_at = NULL, "
                f"owner = NULL, lease_until = NULL WHERE delivery_id IN ({last})"
            )
        )
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
        pytest.param({"state": State.UNCERTAIN, "detail": DIED}, 1, {}, id="its-process-was-killed"),
        pytest.param(
            {"state": State.UNCERTAIN, "detail": DIED, "owner": "here/72-c0ffee/1"},
            0,
            {"uncertain without a true explanation": 1},
            id="its-process-was-not-killed",
        ),
        pytest.param(
            {"state": State.UNCERTAIN, "detail": "timed out"},
            0,
            {"uncertain without a true explanation": 1},
            id="timed-out-where-nothing-does",
        ),
        pytest.param({"state": State.UNCERTAIN}, 1, {"uncertain without a true explanation": 1}, id="unexplained"),
    ],
)
def test_every_broken_promise_is_named(
    change: dict[str, object], arrived: int, wrong: dict[str, int], tmp_path: Path
) -> None:
    record = tmp_path / "record"
    record.write_text("a 1795327200.5\n" * arrived)
    delivery = replace(SOUND, **change)  # type: ignore[arg-type]  # fields by name
    found = reckon([delivery], tally_of(delivery), arrivals(record), killed={71}, faulty=False)
    assert found.wrongs == wrong


def test_who_is_missing_from_the_ledger_or_unknown_to_it_is_counted() -> None:
    missing = reckon([SOUND], Tally(planned=2, accepted=2), Counter("a"), killed=(), faulty=True)
    assert missing.wrongs == {"silently lost": 1, "editions whose counts do not balance": 1}
    stranger = reckon([SOUND], tally_of(SOUND), Counter("ab"), killed=(), faulty=True)
    assert stranger.wrongs == {"sent although the ledger says otherwise": 1}


def test_uncertain_ones_are_counted_by_explanation_and_by_whether_they_had_left() -> None:
    timed_out = replace(SOUND, state=State.UNCERTAIN, detail="timed out")
    tally = tally_of(timed_out)
    left = reckon([timed_out], tally, Counter("a"), killed=(), faulty=True)
    stayed = reckon([timed_out], tally, Counter(), killed=(), faulty=True)
    assert (left + stayed + stayed).uncertain == {"timed out": Explained(left=1, stayed=2)}


def tally_of(delivery: Delivery) -> Tally:
    """The counts of an edition with one delivery."""
    match delivery.state:
        case State.SUBMITTING:
            return Tally(planned=1, uncertain=1, in_flight=1)
        case state:
            return Tally(planned=1, **{state.value: 1})
