"""Commands that leave before the reply to the one before them (RFC 2920), over one connection and several."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from scripted_smtp import DROP, HANG, ScriptedSmtp

from campaigns.ground.errors import DeliveryError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.senders.smtp.connection import Security, SmtpSettings
from campaigns.senders.smtp.sender import SmtpSender

ACCEPTED, REJECTED, DEFERRED, UNCERTAIN = (
    Outcome.ACCEPTED,
    Outcome.REJECTED,
    Outcome.DEFERRED,
    Outcome.UNCERTAIN,
)

OFFER = "250-scripted\r\n250 PIPELINING"
SILENT = ""


def message(number: int) -> Message:
    someone = Mailbox(f"person{number}@example.com")
    return Message(f"id-{number}", someone, None, someone, f"Subject {number}", "", "", ())


def content(message: Message) -> bytes:
    return f"Subject: {message.subject}\r\n".encode()


def sender(server: ScriptedSmtp, *, connections: int = 1, patience: float = 10.0) -> SmtpSender:
    settings = SmtpSettings(
        "127.0.0.1",
        server.port,
        Security.NONE,
        timeout_s=patience,
        final_timeout_s=patience,
        ehlo_name="x",
        connections=connections,
    )
    return SmtpSender(settings, content)


def pipelining(**replies: str | list[str]) -> ScriptedSmtp:
    return ScriptedSmtp(EHLO=[OFFER] * 20, **replies)


def sent(server: ScriptedSmtp, count: int = 3, patience: float = 10.0) -> Sequence[Receipt]:
    with server, sender(server, patience=patience) as smtp:
        return smtp.send([message(number) for number in range(count)])


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def verbs(server: ScriptedSmtp) -> list[str]:
    return [command[:4] for command in server.commands[1:]]


def test_mail_rcpt_and_data_leave_together() -> None:
    """This server says nothing before it has heard DATA."""
    server = pipelining(MAIL=SILENT, RCPT=SILENT, DATA="250 ok\r\n250 ok\r\n354 go ahead")
    assert outcomes(sent(server, 1)) == [ACCEPTED]


def test_the_next_message_s_commands_leave_with_the_dot() -> None:
    """This server replies to a dot when it has heard the next MAIL."""
    server = pipelining(DOT=[SILENT, "250 ok"], MAIL=["250 ok", "250 queued as FIRST\r\n250 ok"])
    receipts = sent(server, 2)
    assert outcomes(receipts) == [ACCEPTED, ACCEPTED]
    assert [receipt.provider_id for receipt in receipts] == ["FIRST", None]


def test_without_the_offer_every_command_waits_for_the_reply_to_the_one_before() -> None:
    server = ScriptedSmtp(MAIL=["550 no"], RCPT=["250 ok", "550 no"])
    with server, sender(server) as smtp:
        with pytest.raises(DeliveryError):
            smtp.send([message(0)])
        smtp.send([message(1), message(2)])
    assert verbs(server) == ["MAIL", "RSET", *["MAIL", "RCPT", "DATA", "."], "MAIL", "RCPT", "RSET", "QUIT"]


def test_no_content_leaves_before_the_reply_to_data() -> None:
    server = pipelining(DATA=["554 no", "354 go ahead"])
    receipts = sent(server, 2)
    assert outcomes(receipts) == [REJECTED, ACCEPTED]
    assert server.received == [b"Subject: Subject 1\r\n"]


@pytest.mark.parametrize(("reply", "outcome"), [("450 4.2.1 later", DEFERRED), ("550 5.1.1 never", REJECTED)])
def test_a_recipient_refused_and_data_too_is_one_message_s_and_the_rest_go_on(
    reply: str, outcome: Outcome
) -> None:
    server = pipelining(RCPT=["250 ok", reply], DATA=["354 go", "554 5.5.1 no valid recipients"])
    receipts = sent(server)
    assert outcomes(receipts) == [ACCEPTED, outcome, ACCEPTED]
    assert receipts[1].detail == reply[4:]
    assert server.connections == 1
    assert server.commands.count("RSET") == 1


@pytest.mark.parametrize("last_word", ["554 5.5.1 no valid recipients", "250 ok", "451 busy"])
def test_a_recipient_refused_and_data_granted_gets_a_lone_dot(last_word: str) -> None:
    """RFC 2920, 3.1; whatever is said to the dot, there was nobody it could go to."""
    server = pipelining(RCPT="550 5.1.1 nobody", DOT=last_word)
    receipts = sent(server)
    assert outcomes(receipts) == [REJECTED, ACCEPTED, ACCEPTED]
    assert server.received == [b"", *(f"Subject: Subject {n}\r\n".encode() for n in (1, 2))]
    assert server.connections == 1


def test_a_sender_refused_and_the_rest_granted_gets_no_dot_that_could_deliver_an_empty_message() -> None:
    server = pipelining(MAIL="451 4.3.0 busy")
    assert outcomes(sent(server)) == [DEFERRED, ACCEPTED, ACCEPTED]
    assert server.received == [b"Subject: Subject 1\r\n", b"Subject: Subject 2\r\n"]
    assert server.connections == 2


@pytest.mark.parametrize("end", [DROP, HANG, "nonsense", "354 more?"])
def test_silence_after_the_dot_leaves_one_message_uncertain_and_the_next_unharmed(end: str) -> None:
    server = pipelining(DOT=["250 ok", end])
    assert outcomes(sent(server, 4, patience=0.5)) == [ACCEPTED, UNCERTAIN, ACCEPTED, ACCEPTED]
    assert len(server.received) == 4
    assert server.connections == 2


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("end", [DROP, HANG, "nonsense", "421 4.3.2 shutting down"])
def test_a_connection_lost_after_the_dot_s_reply_costs_the_next_message_nothing_but_time(
    verb: str, end: str
) -> None:
    """The reply to the dot was read first: that message is accepted, and the next surely has not left."""
    server = pipelining(**{verb: [{"DATA": "354 go ahead"}.get(verb, "250 ok"), end]})
    receipts = sent(server, 3, patience=0.5)
    assert outcomes(receipts) == [ACCEPTED, DEFERRED, ACCEPTED]
    assert server.received == [f"Subject: Subject {number}\r\n".encode() for number in (0, 2)]


def test_421_to_the_dot_defers_one_message_and_the_next_goes_over_a_new_connection() -> None:
    server = pipelining(DOT="421 4.3.2 shutting down")
    assert outcomes(sent(server)) == [DEFERRED, ACCEPTED, ACCEPTED]
    assert server.connections == 2


def test_a_run_that_stops_with_a_message_announced_sends_nothing_of_it() -> None:
    server = pipelining(DOT=["250 ok", "454 Throttling failure: Daily message quota exceeded"])
    with server, sender(server) as smtp:
        assert outcomes(smtp.send([message(n) for n in range(4)])) == [ACCEPTED, DEFERRED, DEFERRED, DEFERRED]
        assert outcomes(smtp.send([message(5)])) == [ACCEPTED]
    assert [content for content in server.received if content] == [
        f"Subject: Subject {number}\r\n".encode() for number in (0, 1, 5)
    ]
    assert server.connections == 2


# several connections


@pytest.mark.parametrize("offer", [OFFER, "250 scripted"])
def test_a_batch_is_spread_over_the_connections_and_its_receipts_keep_its_order(offer: str) -> None:
    server = ScriptedSmtp(EHLO=[offer] * 3)
    with server, sender(server, connections=3) as smtp:
        receipts = [r for first in (0, 20) for r in smtp.send([message(first + n) for n in range(20)])]
    assert [receipt.delivery_id for receipt in receipts] == [f"id-{number}" for number in range(40)]
    assert outcomes(receipts) == [ACCEPTED] * 40
    assert sorted(server.received) == sorted(content(message(number)) for number in range(40))
    assert server.connections == 3


def test_a_batch_smaller_than_the_connections_goes_out() -> None:
    server = pipelining()
    with server, sender(server, connections=4) as smtp:
        assert outcomes(smtp.send([message(1)])) == [ACCEPTED]


def test_a_server_that_takes_fewer_connections_is_an_error_before_anything_is_claimed() -> None:
    server = ScriptedSmtp(CONNECT=["220 ready", "220 ready", "421 4.7.0 too many connections"])
    with server, pytest.raises(DeliveryError, match="reply 421"), sender(server, connections=3):
        pass
    assert server.commands.count("quit") + server.commands.count("QUIT") == 2


def test_what_one_connection_cannot_send_is_not_tried_and_what_another_sent_keeps_its_receipt() -> None:
    server = ScriptedSmtp(MAIL=["550 no", *["250 ok"] * 9], EHLO=[OFFER] * 2)
    with server, sender(server, connections=2) as smtp:
        receipts = smtp.send([message(number) for number in range(4)])
    assert sorted(outcomes(receipts)) == [ACCEPTED, ACCEPTED, DEFERRED, DEFERRED]
    assert {r.tried for r in receipts if r.outcome is DEFERRED} == {False}
    assert [r.delivery_id for r in receipts] == [f"id-{number}" for number in range(4)]


def test_a_batch_of_which_nothing_left_on_any_connection_is_refused() -> None:
    server = ScriptedSmtp(MAIL=["550 no"] * 2, EHLO=[OFFER] * 2)
    with server, sender(server, connections=2) as smtp, pytest.raises(DeliveryError, match="refuses mail"):
        smtp.send([message(number) for number in range(4)])
    assert server.received == []
