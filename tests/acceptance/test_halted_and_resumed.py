"""What a person does about a send, and what a guard does before anybody wakes up: halted, resumed, settled."""

from __future__ import annotations

import json
from email import message_from_bytes

import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Ran, Winddown

_DYING = """
import os, signal
from campaigns.senders.outbox import OutboxSender

deliver, calls = OutboxSender._deliver, 0


def dying(self, message):
    global calls
    calls += 1
    if calls > 30:
        os.kill(os.getpid(), signal.SIGKILL)
    return deliver(self, message)


OutboxSender._deliver = dying
from campaigns.cli import main

main()
"""
_LATER = "2026-11-22T07:00"


@pytest.fixture
def uncertain(winddown: Winddown) -> Winddown:
    """Everybody was being handed over when the process died; 30 lie in the outbox."""
    assert winddown.run("send", CAMPAIGN, wrapper=_DYING).code == -9
    assert winddown("send", CAMPAIGN, now=_LATER).code == 0
    tally = winddown.tally()
    assert (tally["uncertain"], len(winddown.emails())) == (tally["planned"], 30)
    return winddown


def guarded(winddown: Winddown, guards: str) -> None:
    winddown.edit(f"templates/{CAMPAIGN}/campaign.toml", "[schedule]", f"[guards]\n{guards}\n\n[schedule]")


def told(winddown: Winddown, kind: str, delivery_ids: list[str], at: str) -> None:
    """The provider's events come in."""
    lines = [
        json.dumps({"provider_event_id": f"{kind}-{key}", "delivery_id": key, "type": kind, "at": at})
        for key in delivery_ids
    ]
    path = winddown.root / f"{kind}.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    ran = winddown("ingest", str(path), now=at)
    assert ran.code == 0, ran.stderr


def halt_of(winddown: Winddown) -> str | None:
    halted: str | None = winddown("status", CAMPAIGN, "--json", now=SUNDAY).json["halted"]
    return halted


def refused(ran: Ran, code: int, sentence: str) -> None:
    """With one readable sentence."""
    assert ran.code == code, ran.stderr
    assert ran.said.startswith("winddown: ")
    assert sentence in ran.said
    assert "Traceback" not in ran.stderr
    assert ran.said.count("winddown: ") == 1


def test_halted_nothing_is_sent_until_it_is_resumed(winddown: Winddown) -> None:
    assert halt_of(winddown) is None
    halted = winddown("halt", CAMPAIGN, "--because", "a wrong picture", now=SUNDAY)
    assert halted.code == 0
    assert halted.out.startswith(f"{EDITION} halted by hand: a wrong picture")
    for command in ("send", "run"):
        refused(winddown(command, CAMPAIGN, now=SUNDAY), 3, f"{EDITION} halted by hand: a wrong picture")
    assert winddown.emails() == {}
    assert halt_of(winddown) == f"{EDITION} halted by hand: a wrong picture"
    assert "a wrong picture (since 2026-11-22 06:00 UTC)" in winddown("status", CAMPAIGN, now=SUNDAY).out
    assert "resumed" in winddown("resume", CAMPAIGN, now=SUNDAY).out
    assert halt_of(winddown) is None
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    tally = winddown.tally()
    assert tally["accepted"] == len(winddown.emails()) == tally["planned"]


def test_who_halts_second_learns_the_first_reason_and_resuming_twice_does_no_harm(winddown: Winddown) -> None:
    winddown("halt", CAMPAIGN, "--because", "one", now=SUNDAY)
    assert "halted by hand: one;" in winddown("halt", CAMPAIGN, "--because", "two", now=SUNDAY).out
    assert "resumed" in winddown("resume", CAMPAIGN, now=SUNDAY).out
    again = winddown("resume", CAMPAIGN, now=SUNDAY)
    assert (again.code, again.out) == (0, f"{EDITION} was not halted; nothing to do\n")


def test_what_is_cancelled_is_never_sent(winddown: Winddown) -> None:
    planned = winddown.tally()["planned"]
    assert winddown("cancel", CAMPAIGN, now=SUNDAY).out == f"{EDITION}: {planned:,} waiting messages cancelled\n"
    assert winddown("cancel", CAMPAIGN, now=SUNDAY).out == f"{EDITION}: 0 waiting messages cancelled\n"
    for command in ("send", "run"):
        assert winddown(command, CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.emails() == {}
    assert winddown.tally()["cancelled"] == planned


@pytest.mark.parametrize("command", ["halt", "resume", "cancel", "resolve"])
def test_an_edition_that_is_not_planned_cannot_be_helped(unplanned: Winddown, command: str) -> None:
    refused(unplanned(command, CAMPAIGN, now=SUNDAY), 2, "winddown plan")
    refused(unplanned(command, "monthly", now=SUNDAY), 2, "there is no such campaign")


def test_uncertain_deliveries_are_shown_and_settled_by_a_persons_word(uncertain: Winddown) -> None:
    shown = uncertain("resolve", CAMPAIGN, "--json", now=_LATER).json
    assert {delivery["delivery_id"] for delivery in shown} == uncertain.deliveries().keys()
    assert {delivery["state"] for delivery in shown} == {"uncertain"}
    assert "may or may not have left" in uncertain("resolve", CAMPAIGN, now=_LATER).out
    settled = uncertain("resolve", CAMPAIGN, "--as", "accepted", "--all", now=_LATER)
    assert (settled.code, settled.out) == (0, f"{EDITION}: {len(shown):,} uncertain deliveries are now accepted\n")
    assert uncertain.tally()["accepted"] == len(shown)
    assert uncertain("resolve", CAMPAIGN, now=_LATER).out == f"{EDITION}: nothing is uncertain\n"
    assert uncertain("send", CAMPAIGN, now=_LATER).code == 0
    assert len(uncertain.emails()) == 30


def test_those_named_are_sent_again_and_no_others(uncertain: Winddown) -> None:
    lost = sorted(uncertain.deliveries().keys() - uncertain.emails().keys())[:2]
    arrived = uncertain.emails()
    ids = [argument for key in lost for argument in ("--delivery", key)]
    assert uncertain("resolve", CAMPAIGN, "--as", "waiting", *ids, now=_LATER).code == 0
    assert uncertain.in_state("waiting") == set(lost)
    assert uncertain("send", CAMPAIGN, now=_LATER).code == 0
    assert uncertain.emails().keys() == {*arrived, *lost}
    assert uncertain.in_state("accepted") == set(lost)
    assert uncertain.tally()["uncertain"] == uncertain.tally()["planned"] - 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--as", "accepted"], "resolve: say which: --delivery ID, as often as you like, or --all"),
        (["--as", "accepted", "--all", "--delivery", "0" * 32], "resolve: say which"),
        (["--all"], "resolve: say as what: --as accepted or --as waiting"),
        (["--delivery", "0" * 32], "resolve: say as what: --as accepted or --as waiting"),
        (["--as", "rejected", "--all"], "'rejected' is not one of 'accepted', 'waiting'"),
        (["--as", "waiting", "--delivery", "0" * 32], f"{EDITION}: no uncertain delivery is called {'0' * 32}"),
    ],
)
def test_a_decision_that_is_none_is_wrong_usage(uncertain: Winddown, arguments: list[str], sentence: str) -> None:
    refused(uncertain("resolve", CAMPAIGN, *arguments, now=_LATER), 2, sentence)
    assert uncertain.tally()["uncertain"] == uncertain.tally()["planned"]


def test_a_guard_that_trips_stops_the_send_in_one_line(
    winddown: Winddown, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    from campaigns.ground.message import Message
    from campaigns.ground.receipt import Outcome, Receipt
    from campaigns.senders.outbox import OutboxSender

    def reject(_: OutboxSender, message: Message) -> Receipt:
        time.sleep(0.025)  # a batch takes longer than the watch waits between two looks
        return Receipt(message.delivery_id, Outcome.REJECTED, status=550, detail="no such mailbox")

    monkeypatch.setattr(OutboxSender, "batch_size", 10)
    with monkeypatch.context() as patch:
        patch.setattr(OutboxSender, "_deliver", reject)
        ran = winddown("send", CAMPAIGN, now=SUNDAY)
    assert ran.code == 3
    sentence = f"{EDITION} halted: 10 of 10 messages were rejected, and 5 are allowed; look into it, then"
    assert ran.said.startswith(f"winddown: {sentence}")
    assert "Traceback" not in ran.stderr
    assert (halt_of(winddown) or "").startswith(sentence)
    tally = winddown.tally()
    assert (tally["rejected"], tally["waiting"]) == (10, tally["planned"] - 10)
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 3
    assert winddown.tally() == tally
    assert winddown("resume", CAMPAIGN, now=_LATER).code == 0
    assert winddown("send", CAMPAIGN, now=_LATER).code == 0
    assert winddown.tally()["accepted"] == tally["planned"] - 10


def test_an_edition_with_more_people_than_it_may_have_is_not_begun(winddown: Winddown) -> None:
    guarded(winddown, "max_total = 5")
    refused(winddown("send", CAMPAIGN, now=SUNDAY), 3, "`max_total` under [guards] in campaign.toml allows 5")
    assert winddown.emails() == {}


def test_after_the_canary_the_send_waits_and_goes_on_where_nothing_is_wrong(winddown: Winddown) -> None:
    guarded(winddown, "canary = { messages = 20, pause_minutes = 60 }")
    sent = winddown("send", CAMPAIGN, "--json", now=SUNDAY)
    assert (sent.code, sent.json["ended"]) == (0, "canary")
    assert "the rest may follow from 2026-11-22 07:00 UTC on" in sent.said
    assert len(winddown.emails()) == winddown.tally()["accepted"] == 20
    assert winddown("send", CAMPAIGN, now="2026-11-22T06:59").code == 0
    assert len(winddown.emails()) == 20
    told(winddown, "delivered", sorted(winddown.emails()), "2026-11-22T06:30")
    assert winddown("send", CAMPAIGN, "--json", now=_LATER).json["ended"] == "done"
    assert len(winddown.emails()) == winddown.tally()["planned"]
    assert set(winddown.message_ids().values()) == {1}


def test_a_canary_that_bounces_keeps_the_rest_at_home(winddown: Winddown) -> None:
    guarded(winddown, "canary = { messages = 20, pause_minutes = 60 }")
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    told(winddown, "bounced", sorted(winddown.emails())[:6], "2026-11-22T06:30")
    ran = winddown("send", CAMPAIGN, now=_LATER)
    assert ran.code == 3
    assert f"{EDITION} halted: 6 of 20 messages bounced, and 5 are allowed" in ran.said
    assert len(winddown.emails()) == 20


def test_a_test_message_is_one_of_its_own_and_the_ledger_takes_no_notice(winddown: Winddown) -> None:
    before, tally = winddown.deliveries(), winddown.tally()
    user = next(iter(before.values())).user_id
    ran = winddown("test-send", CAMPAIGN, "--user", user, "--to", "me@example.com", now=SUNDAY)
    assert ran.code == 0, ran.stderr
    assert ran.out.startswith("accepted")
    ((test_id, content),) = winddown.emails().items()
    assert test_id not in before
    assert "me@example.com" in message_from_bytes(content)["To"]
    assert not any(key.encode() in content for key in before)
    assert (winddown.deliveries(), winddown.tally()) == (before, tally)
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.emails().keys() == {*before, test_id}


def test_a_test_message_of_nobody_is_refused(winddown: Winddown) -> None:
    refused(winddown("test-send", CAMPAIGN, "--user", "nobody", "--to", "me@example.com", now=SUNDAY), 2, "nobody")
    assert winddown.emails() == {}
