"""Planning again: free until a message has gone out, then only the same; a failure leaves nothing half-done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from by_hand import OWNER, take
from planning import EDITION, NOW, RULES, WORLD, Desk
from tiny_campaign import campaign
from tiny_world import TinyWorld, chosen, heard, item, recommended, suppression, user

from campaigns.ground.address import address_key
from campaigns.ground.delivery import State
from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, GuardError, LedgerError
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.settings.workspace import HoldoutSettings
from campaigns.store.memory import MemoryLedger

DUE = NOW + timedelta(days=3)


def _claim_one(desk: Desk) -> str:
    (claim,) = take(desk.ledger, EDITION, 1, DUE)
    return claim.delivery_id


def _with(**tables: object) -> Callable[[Desk], None]:
    """A change of some tables, each by further rows."""
    return lambda desk: desk.write(
        TinyWorld(
            **{name: [*getattr(WORLD, name), *tables.get(name, ())] for name in TinyWorld.__slots__}  # type: ignore[misc]
        )
    )


def _campaign(desk: Desk) -> None:
    desk.campaign = campaign(rules=[*RULES[:-1], {"rule": "take", "slots": 1}])


def _holdout(desk: Desk) -> None:
    desk.workspace = desk.workspace.model_copy(update={"holdout": HoldoutSettings(share=0.1, salt="x")})


def _templates(desk: Desk) -> None:
    desk.templates = "other templates' hash"


CHANGES: dict[str, Callable[[Desk], None]] = {
    "items data": _with(items=[item("new")]),
    "users data": _with(users=[user("new")]),
    "interactions data": _with(interactions=[heard("user 1", "rain")]),
    "curated data": _with(curated=[chosen(9, "rain")]),
    "suppressions data": _with(suppressions=[suppression("user1@mail.example")]),
    "recommendations data": _with(lines=[recommended("user 1", ["story"])]),
    "settings": _campaign,
    "holdout": _holdout,
    "templates": _templates,
}


@pytest.mark.parametrize("changed", CHANGES)
def test_before_anything_is_sent_a_change_makes_another_plan(desk: Desk, changed: str) -> None:
    first = desk.plan()
    CHANGES[changed](desk)
    second = desk.plan()
    assert second["fingerprint"] != first["fingerprint"]
    assert desk.ledger.plan_hash(EDITION) == second["plan"]["sha256"]
    assert desk.folder.require_manifest() == second
    assert desk.ledger.tally(EDITION).planned == second["counts"]["planned"] == len(desk.rows("plan"))


@pytest.mark.parametrize("changed", CHANGES)
def test_once_a_message_has_gone_out_a_change_is_refused_and_named(desk: Desk, changed: str) -> None:
    desk.plan()
    files = desk.files()
    _claim_one(desk)
    CHANGES[changed](desk)
    with pytest.raises(GuardError) as caught:
        desk.plan()
    assert str(caught.value).startswith(
        f"{EDITION} has begun to be sent, and its {changed} changed since it was planned"
    )
    assert desk.files() == files
    assert desk.ledger.tally(EDITION).planned == 36


def test_everything_that_changed_is_named(desk: Desk) -> None:
    desk.plan()
    _claim_one(desk)
    _templates(desk)
    _with(items=[item("new")], users=[user("new")])(desk)
    with pytest.raises(GuardError, match="its items data, users data, templates changed since it was planned"):
        desk.plan()


def test_once_a_message_has_gone_out_the_same_inputs_give_the_plan_that_stands(desk: Desk) -> None:
    first = desk.plan()
    files = desk.files()
    _claim_one(desk)
    desk.ledger.suppress([(address_key("user7@mail.example"), "unsubscribed")], NOW)
    assert desk.plan(now=NOW + timedelta(days=9)) == first
    assert desk.files() == files


def test_a_plan_whose_folder_is_gone_is_not_made_anew_once_a_message_has_gone_out(desk: Desk) -> None:
    desk.plan()
    _claim_one(desk)
    desk.folder.manifest.unlink()
    with pytest.raises(ConfigurationError, match="2026-W47 is not planned"):
        desk.plan()
    assert desk.ledger.tally(EDITION).in_flight == 1


def test_a_claim_that_was_taken_back_leaves_the_plan_free(desk: Desk) -> None:
    desk.plan()
    _claim_one(desk)
    assert desk.ledger.release(EDITION, OWNER, DUE) == 1
    _campaign(desk)
    assert desk.plan()["slots"] == 1


class Failing(MemoryLedger):
    """A ledger that breaks in the middle of enrolling, as often as told."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def enrol(
        self, edition: Edition, plan_hash: str, deliveries: Iterable[tuple[Enrolment, Assignment]], at: datetime
    ) -> None:
        if self.times:
            self.times -= 1
            next(iter(deliveries))
            raise LedgerError("the disk is full")
        super().enrol(edition, plan_hash, deliveries, at)


def test_a_plan_that_the_ledger_does_not_take_leaves_nothing_behind(desk: Desk, planned: Desk) -> None:
    desk.ledger = Failing(times=1)
    with pytest.raises(LedgerError, match="the disk is full"):
        desk.plan()
    assert desk.files() == {}
    assert not list((desk.root / "editions" / "weekly_winddown").iterdir())
    assert desk.ledger.plan_hash(EDITION) is None
    desk.plan()
    assert desk.files() == planned.files()


def test_a_plan_that_stood_stays_when_another_fails(desk: Desk) -> None:
    desk.ledger = ledger = Failing(times=0)
    first = desk.plan()
    files = desk.files()
    ledger.times = 1
    _campaign(desk)
    with pytest.raises(LedgerError):
        desk.plan()
    assert desk.files() == files
    assert ledger.plan_hash(EDITION) == first["plan"]["sha256"]
    assert {delivery.state for delivery in ledger.deliveries(EDITION)} == {State.WAITING}


@pytest.mark.parametrize("nth", range(6))
def test_a_plan_that_is_not_put_in_place_whole_is_none_and_can_be_made_again(
    desk: Desk, planned: Desk, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    real, moved = Path.replace, []

    def failing(path: Path, target: Path) -> Path:
        moved.append(path)
        if len(moved) == nth + 1:
            raise OSError(28, "No space left on device")
        return real(path, target)

    desk.plan()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing)
        with pytest.raises(OSError, match="No space left"):
            desk.plan()
    assert desk.folder.read_manifest() is None
    assert not [name for name in desk.files() if "/." in name]
    desk.plan()
    assert desk.files() == planned.files()


def test_a_draft_left_by_a_dead_process_of_the_same_number_is_in_nobodys_way(desk: Desk, planned: Desk) -> None:
    with desk.folder.draft(desk.host) as draft:
        left = draft.path
    left.mkdir(parents=True)
    (left / "plan.parquet").write_bytes(b"half")
    desk.plan()
    assert desk.files() == planned.files()


@pytest.mark.parametrize(
    ("of", "stay"),
    [
        pytest.param("here-{dead}", [], id="our-dead"),
        pytest.param("here-{alive}", ["plan.parquet"], id="our-living"),
        pytest.param("there-{dead}", ["plan.parquet"], id="another-host"),
        pytest.param("here-2-{dead}", ["plan.parquet"], id="another-host-that-begins-as-ours"),
    ],
)
def test_of_the_drafts_that_lie_there_only_those_of_our_dead_are_swept_away(
    desk: Desk, planned: Desk, of: str, stay: list[str]
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    left = desk.folder.path.with_name(f".{EDITION.name}-{of.format(dead=dead.pid, alive=os.getppid())}")
    left.mkdir(parents=True)
    (left / "plan.parquet").write_bytes(b"half")
    desk.plan()
    assert [path.name for path in left.glob("*")] == stay
    assert {name: content for name, content in desk.files().items() if "/." not in name} == planned.files()
