"""Planning and the ledger: who is enrolled and how, whom it leaves out, and what is refused before it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from by_hand import hand_over, take
from planning import EDITION, NOW, WORLD, Desk
from tiny_campaign import campaign
from tiny_world import AS_OF

from campaigns.ground.address import address_key
from campaigns.ground.errors import GuardError
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.settings.workspace import HoldoutSettings
from campaigns.store.memory import MemoryLedger
from recsource.errors import BatchRefusedError, InputError
from recsource.sharder import shard


class Recording(MemoryLedger):
    """Remembers what it was given to enrol."""

    def enrol(self, edition, plan_hash, deliveries, at) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - the port's
        self.given = list(deliveries)
        super().enrol(edition, plan_hash, self.given, at)


def test_everybody_planned_is_enrolled_with_their_assignment(desk: Desk) -> None:
    desk.ledger = ledger = Recording()
    desk.plan()
    emails = {str(row["user_id"]): str(row["email"]) for row in WORLD.users}
    rows = desk.rows("plan", "delivery_id, position, user_id, send_at, variant")
    enrolments = {enrolment.user_id: enrolment for enrolment, _ in ledger.given}
    assert len(rows) == len(ledger.given) == len(enrolments)
    for name, position, user_id, send_at, _ in rows:
        due = send_at.replace(tzinfo=UTC)
        assert enrolments[user_id] == Enrolment(name, position, user_id, address_key(emails[user_id]), due)
    variants = {row[2]: row[4] for row in rows}
    for _, assignment in ledger.given:
        n = int(assignment.user_id.removeprefix("user "))
        assert assignment == Assignment(
            assignment.user_id,
            "weekly-picks",
            variants[assignment.user_id],
            shard("salt-1", assignment.user_id),
            "salt-1",
            "forced" if n % 10 == 0 else "randomised",
        )
        assert n % 10 or assignment.variant == "treatment"


def test_the_assignments_are_written_for_the_warehouse(planned: Desk) -> None:
    rows = planned.rows("assignments")
    assert {row[:2] for row in rows} == {("weekly_winddown", "2026-W47")}
    assert {row[2] for row in rows} == planned.column("plan", "user_id")
    assert planned.column("assignments", "assigned_at") == {AS_OF.replace(tzinfo=None)}
    assert planned.column("assignments", "method") == {"randomised", "forced"}


@pytest.mark.parametrize("sent_at", ["2026-11-13T10:30Z", "2026-11-14T18:00Z", "2026-11-15T05:00Z"])
def test_a_person_who_was_sent_last_weeks_edition_is_capped_wherever_they_live(desk: Desk, sent_at: str) -> None:
    """The cap counts editions' days, not moments of sending: Saturday's may be Friday or Sunday in UTC."""
    last_week = replace(EDITION, week=46)
    desk.ledger.enrol(last_week, "hash", _enrolled("user 1", "user 2"), NOW)
    at = datetime.fromisoformat(sent_at)
    claims = take(desk.ledger, last_week, 10, at)
    receipts = [Receipt(claim.delivery_id, Outcome.ACCEPTED) for claim in claims]
    hand_over(desk.ledger, last_week, receipts, at)
    excluded = {}
    for within_days in (6, 7):
        cap = {"frequency_cap": {"editions": 1, "within_days": within_days}}
        desk.campaign = campaign(rules=desk.campaign.model_dump()["rules"], audience=cap)
        desk.plan()
        excluded[within_days] = desk.column("excluded", "user_id", "reason = 'frequency_cap'")
    assert excluded == {6: set(), 7: {"user 1", "user 2"}}


def _enrolled(*user_ids: str) -> list[tuple[Enrolment, Assignment]]:
    due = datetime(2026, 11, 13, 10, tzinfo=UTC)
    return [
        (
            Enrolment(f"{n:032x}", n, user_id, f"key {n}", due),
            Assignment(user_id, "weekly-picks", "control", 1, "salt-1", "randomised"),
        )
        for n, user_id in enumerate(user_ids)
    ]


def test_whom_the_ledger_has_suppressed_is_excluded(desk: Desk) -> None:
    desk.ledger.suppress([(address_key("USER5@mail.example"), "complained")], NOW)
    desk.plan()
    assert desk.column("excluded", "user_id", "reason = 'suppressed'") == {"bounced", "user 5"}


def test_the_holdout_is_planned_for_nobody(desk: Desk) -> None:
    desk.workspace = desk.workspace.model_copy(update={"holdout": HoldoutSettings(share=0.5, salt="out")})
    manifest = desk.plan()
    held_out = desk.column("excluded", "user_id", "reason = 'holdout'")
    assert held_out == {f"user {n}" for n in range(36) if shard("out", f"user {n}") < 5_000}
    assert manifest["counts"]["planned"] == 36 - len(held_out)


def test_a_plan_for_nobody_is_refused_with_the_gate_that_closed(desk: Desk) -> None:
    desk.campaign = campaign(rules=desk.campaign.model_dump()["rules"], audience={"subscriptions": ["gold"]})
    with pytest.raises(GuardError) as caught:
        desk.plan()
    assert str(caught.value).startswith(
        f"{EDITION}: nobody of 40 would get an email; most are excluded as `subscription` (38); look at"
    )
    assert desk.files() == {}


def test_an_old_or_bad_batch_is_refused_and_nothing_is_written(desk: Desk) -> None:
    desk.campaign = desk.campaign.model_copy(
        update={"recommendations": campaign(recommendations={"max_age_days": 0.5}).recommendations}
    )
    with pytest.raises(
        BatchRefusedError, match=r"batch\.out was written .* 1 days ago; .*`max_age_days` allows 0.5"
    ):
        desk.plan()
    desk.campaign = desk.campaign.model_copy(
        update={"recommendations": campaign(recommendations={"max_bad_share": 0.01}).recommendations}
    )
    with pytest.raises(BatchRefusedError, match=r"1 of 37 lines are bad .unreadable: 1, "):
        desk.plan()
    assert desk.files() == {}
    assert desk.ledger.plan_hash(EDITION) is None


def test_a_missing_input_is_refused(desk: Desk) -> None:
    (desk.root / "data" / "curated.parquet").unlink()
    with pytest.raises(InputError, match=r"curated: no file matches 'data/curated.parquet' in "):
        desk.plan()
