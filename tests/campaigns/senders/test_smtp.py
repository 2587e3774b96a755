"""What the SMTP sender makes of a server's replies, and of its silence."""

from __future__ import annotations

import dataclasses
import socket
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_smtp import DROP, HANG, ScriptedSmtp

from campaigns.ground.errors import ConfigurationError, DeliveryError, QuotaError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.senders.smtp.connection import Security, SmtpSettings
from campaigns.senders.smtp.sender import SmtpSender
from campaigns.senders.smtp.transaction import Transaction

ACCEPTED, REJECTED, DEFERRED, UNCERTAIN = (
    Outcome.ACCEPTED,
    Outcome.REJECTED,
    Outcome.DEFERRED,
    Outcome.UNCERTAIN,
)

HALF_A_REPLY = "250-and then"


def message(number: int, address: str | None = None) -> Message:
    recipient = Mailbox(address or f"person{number}@example.com")
    return Message(
        f"id-{number}",
        Mailbox("hello@example.org"),
        None,
        recipient,
        f"Subject {number}",
        "<p>.</p>",
        "text",
        (),
    )


def content(message: Message) -> bytes:
    return f"Subject: {message.subject}\r\n\r\n.a line with a dot\r\n..two\r\n.\r\nend".encode()


def long_content(message: Message) -> bytes:
    """More than sockets buffer, so that a server which hangs up is noticed before the end."""
    return content(message) + b"\r\n" + (b"x" * 998 + b"\r\n") * 20_000


def settings(server: ScriptedSmtp, ending: str = "") -> SmtpSettings:
    """Patient, unless the server's ending is one that has to be waited out."""
    patience = 0.5 if ending in {HANG, HALF_A_REPLY} else 10.0
    return SmtpSettings(
        "127.0.0.1",
        server.port,
        Security.NONE,
        timeout_s=patience,
        final_timeout_s=patience,
        ehlo_name="tests.example.org",
    )


def sender(server: ScriptedSmtp, ending: str = "") -> SmtpSender:
    return SmtpSender(settings(server, ending), content)


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def sent(server: ScriptedSmtp, count: int = 3, ending: str = "") -> Sequence[Receipt]:
    with server, sender(server, ending) as smtp:
        return smtp.send([message(n) for n in range(count)])


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# what is certain


def test_messages_go_out_one_by_one_over_one_connection() -> None:
    server = ScriptedSmtp()
    receipts = sent(server)
    assert outcomes(receipts) == [ACCEPTED] * 3
    assert [(r.delivery_id, r.provider_id, r.status) for r in receipts] == [
        (f"id-{n}", "4XyZ", 250) for n in range(3)
    ]
    assert server.connections == 1
    assert [c for c in server.commands if c.startswith(("MAIL", "RCPT"))] == [
        line for n in range(3) for line in ("MAIL FROM:<hello@example.org>", f"RCPT TO:<person{n}@example.com>")
    ]


def test_lines_that_begin_with_a_dot_are_stuffed() -> None:
    server = ScriptedSmtp()
    sent(server, 1)
    assert server.received == [b"Subject: Subject 0\r\n\r\n..a line with a dot\r\n...two\r\n..\r\nend\r\n"]


@given(st.lists(st.sampled_from([".", "..", "", "a", ".a", "a.", " ."]), min_size=1))
def test_unstuffing_gives_back_every_line(lines: list[str]) -> None:
    original = "".join(f"{line}\r\n" for line in lines).encode()
    wire = Transaction("id", "a@example.org", "b@example.org", original).stuffed
    assert b".\r\n" not in wire.split(b"\r\n")
    received = [line[1:] if line.startswith(b".") else line for line in wire.split(b"\r\n")]
    assert b"\r\n".join(received) == original
    assert all(line != b"." for line in wire.split(b"\r\n"))


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(("reply", "outcome"), [("450 4.2.1 later", DEFERRED), ("550 5.1.1 never", REJECTED)])
def test_a_refusal_is_one_message_s_and_the_rest_go_on(verb: str, reply: str, outcome: Outcome) -> None:
    server = ScriptedSmtp(**{verb: reply})
    receipts = sent(server)
    assert outcomes(receipts) == [outcome, ACCEPTED, ACCEPTED]
    assert (receipts[0].status, receipts[0].detail) == (int(reply[:3]), reply[4:])
    assert server.connections == 1
    assert server.commands.count("RSET") == (0 if verb == "DOT" else 1)


def test_a_temporary_refusal_of_mail_is_deferred() -> None:
    assert outcomes(sent(ScriptedSmtp(MAIL="451 4.3.0 busy"))) == [DEFERRED, ACCEPTED, ACCEPTED]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_421_defers_the_message_and_the_next_goes_over_a_new_connection(verb: str) -> None:
    server = ScriptedSmtp(**{verb: "421 4.3.2 shutting down"})
    receipts = sent(server)
    assert outcomes(receipts) == [DEFERRED, ACCEPTED, ACCEPTED]
    assert server.connections == 2
    assert receipts[0].status == 421


def test_two_replies_in_a_row_leave_no_message_on_the_wrong_foot() -> None:
    server = ScriptedSmtp(DATA="250 what?")
    assert outcomes(sent(server)) == [DEFERRED, ACCEPTED, ACCEPTED]
    assert server.connections == 2


# what cannot be known, and what can


@pytest.mark.parametrize("end", [DROP, HANG, "421 4.3.2 shutting down", "nonsense"])
def test_a_message_cut_off_half_way_is_not_sent(end: str) -> None:
    server = ScriptedSmtp(BODY=end)
    with server, SmtpSender(settings(server, end), long_content) as smtp:
        assert outcomes(smtp.send([message(1), message(2)])) == [DEFERRED, ACCEPTED]
    assert server.connections == 2


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("end", [DROP, HANG, "nonsense"])
def test_a_connection_lost_before_the_final_dot_means_not_sent(verb: str, end: str) -> None:
    server = ScriptedSmtp(**{verb: end})
    receipts = sent(server, ending=end)
    assert outcomes(receipts) == [DEFERRED, ACCEPTED, ACCEPTED]
    assert len(server.received) == 2
    assert server.connections == 2


@pytest.mark.parametrize("end", [DROP, HANG, "nonsense", "354 more?", HALF_A_REPLY])
def test_silence_after_the_final_dot_means_that_nobody_can_tell(end: str) -> None:
    server = ScriptedSmtp(DOT=end)
    receipts = sent(server, ending=end)
    assert outcomes(receipts) == [UNCERTAIN, ACCEPTED, ACCEPTED]
    assert len(server.received) == 3
    assert server.connections == 2


# stopping


def test_a_server_that_refuses_the_sender_stops_the_run_with_nothing_rejected() -> None:
    server = ScriptedSmtp(MAIL=["550 5.7.1 <hello@example.org> not yours"] * 2)
    with server, sender(server) as smtp:
        for _ in range(2):
            with pytest.raises(DeliveryError, match="refuses mail from this sender") as caught:
                smtp.send([message(1), message(2)])
            assert (caught.value.provider, caught.value.status) == ("smtp", 550)
            assert "@" not in caught.value.body
        assert outcomes(smtp.send([message(1)])) == [ACCEPTED]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_wants_a_login_rejects_nobody(verb: str) -> None:
    server = ScriptedSmtp(**{verb: "530 5.7.0 authentication required"})
    with server, sender(server) as smtp, pytest.raises(DeliveryError, match="530"):
        smtp.send([message(1)])


def test_what_has_left_keeps_its_receipt_when_the_rest_of_the_batch_cannot() -> None:
    server = ScriptedSmtp(MAIL=["250 ok", "550 no more"])
    receipts = sent(server)
    assert outcomes(receipts) == [ACCEPTED, DEFERRED, DEFERRED]
    assert [receipt.delivery_id for receipt in receipts] == ["id-0", "id-1", "id-2"]


def test_a_server_that_is_lost_for_good_stops_the_batch() -> None:
    server = ScriptedSmtp(CONNECT=["220 ready", DROP, DROP], DOT=["250 ok", DROP])
    with server, sender(server) as smtp:
        assert outcomes(smtp.send([message(n) for n in range(4)])) == [
            ACCEPTED,
            UNCERTAIN,
            DEFERRED,
            DEFERRED,
        ]
        with pytest.raises(DeliveryError, match="cannot be reached"):
            smtp.send([message(5)])
        assert outcomes(smtp.send([message(6)])) == [ACCEPTED]


# connections


@pytest.mark.parametrize("end", [DROP, "421 4.4.2 idle for too long"])
def test_a_connection_that_was_closed_during_a_pause_is_replaced_unnoticed(end: str) -> None:
    server = ScriptedSmtp(IDLE=end)
    with server, sender(server) as smtp:
        assert outcomes(smtp.send([message(1)])) == [ACCEPTED]
        session = smtp._lanes[0]._session
        assert session is not None
        wait_until(lambda: not session.at_rest)
        assert outcomes(smtp.send([message(2)])) == [ACCEPTED]
    assert server.connections == 2


def test_a_connection_carries_its_share_of_messages_and_no_more() -> None:
    server = ScriptedSmtp()
    worn = dataclasses.replace(settings(server), messages_per_connection=2)
    with server, SmtpSender(worn, content) as smtp:
        smtp.send([message(n) for n in range(5)])
    assert server.connections == 3
    assert server.commands.count("QUIT") == 3


def test_leaving_takes_leave_of_the_server() -> None:
    server = ScriptedSmtp()
    sent(server, 1)
    assert server.commands[-1].upper() == "QUIT"


# what the server cannot take


def test_a_message_longer_than_the_server_takes_is_not_offered() -> None:
    server = ScriptedSmtp(EHLO="250-scripted\r\n250 SIZE 20")
    assert outcomes(sent(server, 1)) == [REJECTED]
    assert not any(command.startswith("MAIL") for command in server.commands)


def test_a_local_part_that_is_not_ascii_is_rejected_where_the_server_lacks_smtputf8() -> None:
    server = ScriptedSmtp()
    with server, sender(server) as smtp:
        receipts = smtp.send([message(1, "анна@example.com"), message(2)])
    assert outcomes(receipts) == [REJECTED, ACCEPTED]
    assert "SMTPUTF8" in receipts[0].detail


def test_a_local_part_that_is_not_ascii_goes_where_the_server_takes_it() -> None:
    server = ScriptedSmtp(EHLO="250-scripted\r\n250-8BITMIME\r\n250 SMTPUTF8")
    with server, sender(server) as smtp:
        assert outcomes(smtp.send([message(1, "анна@example.com")])) == [ACCEPTED]
    assert "MAIL FROM:<hello@example.org> SMTPUTF8 BODY=8BITMIME" in server.commands
    assert "RCPT TO:<анна@example.com>" in server.commands


def test_a_domain_that_is_not_ascii_travels_as_punycode() -> None:
    server = ScriptedSmtp()
    with server, sender(server) as smtp:
        smtp.send([message(1, "anna@bücher.example")])
    assert "RCPT TO:<anna@xn--bcher-kva.example>" in server.commands


@pytest.mark.parametrize(
    "address", ["a@b>\r\nRCPT TO:<c@d", "a b@example.com", "nobody", "a@b> SIZE=1", "@", "a@"]
)
def test_an_address_that_is_none_never_reaches_the_server(address: str) -> None:
    server = ScriptedSmtp()
    with server, sender(server) as smtp:
        receipts = smtp.send([message(1, address)])
    assert outcomes(receipts) == [REJECTED]
    assert not any(command.startswith(("MAIL", "RCPT")) for command in server.commands)


@pytest.mark.parametrize("verb", ["RCPT", "DOT"])
def test_a_receipt_holds_no_address_although_the_server_repeats_it(verb: str) -> None:
    server = ScriptedSmtp(**{verb: "550 5.1.1 <person0@example.com>: User person0@example.com unknown"})
    (receipt,) = sent(server, 1)
    assert receipt.detail == "5.1.1 <address>: User address unknown"


@pytest.mark.parametrize(
    ("reply", "provider_id"),
    [
        ("250 2.0.0 Ok: queued as 4XyZ12", "4XyZ12"),
        ("250 OK id=1sXyZ-0001ab-Cd", "1sXyZ-0001ab-Cd"),
        ("250 Ok 0102018f2b1c9d3e-aabbccdd-0000", "0102018f2b1c9d3e-aabbccdd-0000"),
        ("250 Message accepted for delivery", None),
    ],
)
def test_the_server_s_own_name_for_the_message_is_kept(reply: str, provider_id: str | None) -> None:
    (receipt,) = sent(ScriptedSmtp(DOT=reply), 1)
    assert receipt.provider_id == provider_id


# going slower


@pytest.mark.parametrize(
    "reply",
    [
        "454 Throttling failure: Maximum sending rate exceeded.",
        "450 4.7.1 Error: too much mail from 192.0.2.7",
        "452 4.3.2 Connection rate limit exceeded.",
        "421 4.7.28 unusual rate of mail",
    ],
)
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DOT"])
def test_what_is_throttled_goes_again_and_counts_as_no_attempt(verb: str, reply: str) -> None:
    receipts = sent(ScriptedSmtp(**{verb: reply}))
    assert outcomes(receipts) == [DEFERRED, ACCEPTED, ACCEPTED]
    assert [(r.throttled, r.tried) for r in receipts] == [(True, False), (False, True), (False, True)]


@pytest.mark.parametrize(
    "reply",
    [
        "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
        "451 4.3.0 separate limits",
        "550 5.7.1 message rate limit exceeded",
    ],
)
def test_other_refusals_are_not_taken_for_throttling(reply: str) -> None:
    receipts = sent(ScriptedSmtp(RCPT=reply))
    assert [(r.throttled, r.tried) for r in receipts] == [(False, True)] * 3


SPENT = "454 Throttling failure: Daily message quota exceeded."


def test_a_day_s_quota_that_is_spent_stops_the_run_in_good_order() -> None:
    server = ScriptedSmtp(DOT=["250 ok", SPENT, SPENT])
    with server, sender(server) as smtp:
        receipts = smtp.send([message(n) for n in range(4)])
        assert outcomes(receipts) == [ACCEPTED, DEFERRED, DEFERRED, DEFERRED]
        assert [r.tried for r in receipts] == [True, False, False, False]
        with pytest.raises(QuotaError, match="allowance is used up"):
            smtp.send([message(5)])
        assert outcomes(smtp.send([message(6)])) == [ACCEPTED]


# entering


@pytest.mark.parametrize(
    ("host", "security", "warnings"),
    [
        ("mail.example.org", Security.NONE, 1),
        ("mail.example.org", Security.STARTTLS, 0),
        ("127.0.0.1", Security.NONE, 0),
    ],
)
def test_preflight_warns_of_mail_that_others_can_read(host: str, security: Security, warnings: int) -> None:
    assert len(SmtpSender(SmtpSettings(host, 25, security), content).preflight(1000)) == warnings


def test_a_server_that_is_not_there_is_an_error_before_anything_is_claimed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        pytest.raises(DeliveryError, match=f"127.0.0.1:{port}.*cannot be reached"),
        SmtpSender(SmtpSettings("127.0.0.1", port, Security.NONE), content),
    ):
        pass


@pytest.mark.parametrize(
    ("greeting", "error"), [("554 no service", "reply 554"), (DROP, "reached"), (HANG, "reached")]
)
def test_a_server_that_does_not_greet_is_an_error(greeting: str, error: str) -> None:
    server = ScriptedSmtp(CONNECT=greeting)
    with server, pytest.raises(DeliveryError, match=error), sender(server, greeting):
        pass


def test_a_server_without_starttls_is_refused_when_it_is_asked_for() -> None:
    server = ScriptedSmtp()
    asked = dataclasses.replace(settings(server), security=Security.STARTTLS)
    with server, pytest.raises(ConfigurationError, match="STARTTLS"), SmtpSender(asked, content):
        pass


def test_a_server_that_speaks_no_tls_is_refused_when_it_is_asked_for() -> None:
    server = ScriptedSmtp()
    asked = dataclasses.replace(settings(server), security=Security.TLS)
    with server, pytest.raises(ConfigurationError, match="TLS"), SmtpSender(asked, content):
        pass


SECRET = "correct-horse-battery"


@pytest.mark.parametrize(
    ("offer", "reply", "error", "words"),
    [
        ("AUTH PLAIN LOGIN", f"535 5.7.8 bad credentials: {SECRET}", ConfigurationError, "reply 535"),
        ("AUTH PLAIN", f"454 4.7.0 later {SECRET}", DeliveryError, "reply 454"),
        ("AUTH KERBEROS_V4", "", ConfigurationError, "No suitable authentication"),
        ("SIZE 1000", "", ConfigurationError, "AUTH extension not supported"),
    ],
)
def test_a_login_that_fails_is_an_error_that_never_shows_the_password(
    offer: str, reply: str, error: type[Exception], words: str
) -> None:
    server = ScriptedSmtp(EHLO=f"250-scripted\r\n250 {offer}", AUTH=[reply, reply])
    with_login = dataclasses.replace(settings(server), user="anna", password=SECRET)
    with server, pytest.raises(error, match=words) as caught, SmtpSender(with_login, content):
        pass
    assert SECRET not in f"{caught.value!r} {caught.value} {with_login!r}"
    assert caught.value.__suppress_context__ or SECRET not in repr(caught.value.__cause__)


@pytest.mark.parametrize(
    ("host", "password", "error"),
    [
        ("mail.example.org", "secret", "unencrypted"),
        ("127.0.0.1", None, "needs a password"),
        ("127.0.0.1", "sécret", "ASCII"),
    ],
)
def test_a_login_that_cannot_be_right_is_not_tried(host: str, password: str | None, error: str) -> None:
    wrong = SmtpSettings(host, 9, Security.NONE, user="anna", password=password)
    with pytest.raises(ConfigurationError, match=error), SmtpSender(wrong, content):
        pass
