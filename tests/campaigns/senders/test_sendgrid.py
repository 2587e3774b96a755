"""What the SendGrid sender makes of SendGrid's answers, and of its silence."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import trustme
from http_server import Fault, HttpServer, Reply
from sendgrid_provider import SendGridProvider, sendgrid_provider
from sendgrid_server import KEY, SEND, FakeSendGrid, refusal

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, DeliveryError, QuotaError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome
from campaigns.senders.sendgrid.connection import Connection, NotSentError
from campaigns.senders.sendgrid.sender import SendGridSender
from campaigns.senders.sendgrid.settings import EU_HOST, SendGridSettings

EDITION = Edition("weekly_winddown", 2026, 47)


@pytest.fixture
def sendgrid() -> Iterator[SendGridProvider]:
    with sendgrid_provider() as provider:
        yield provider


def message(number: int, *, joined: bool = True, greeting: str = "Good night, ") -> Message:
    pieces = ("<p>", greeting, str(number), "</p>")
    return Message(
        delivery_id=f"{number:032x}",
        sender=Mailbox("hello@example.org", "Weekly Winddown"),
        reply_to=None,
        recipient=Mailbox(f"person{number}@example.com", "Anna"),
        subject="Good night",
        html="".join(pieces),
        text="Sleep well\n",
        headers=(("List-Id", "<weekly.example.org>"),),
        html_pieces=pieces if joined else (),
    )


BATCH = [message(n) for n in range(4)]
APART = [message(n, joined=False) for n in range(4)]
"""Four messages that need a request each."""


def outcomes(
    provider: SendGridProvider, batch: list[Message], *replies: Reply
) -> list[tuple[Outcome, bool, bool]]:
    """What became of each message, whether it was tried, and whether throttled, when SendGrid answers so."""
    with provider.open(timeout_s=0.3) as sender:
        provider.fake.script.extend(replies)
        receipts = sender.send(batch)
    assert [receipt.delivery_id for receipt in receipts] == [one.delivery_id for one in batch]
    assert not any("@" in f"{receipt}" for receipt in receipts)
    return [(receipt.outcome, receipt.tried, receipt.throttled) for receipt in receipts]


ACCEPTED = (Outcome.ACCEPTED, True, False)
REJECTED = (Outcome.REJECTED, True, False)
UNCERTAIN = (Outcome.UNCERTAIN, True, False)
ANOTHER_TIME = (Outcome.DEFERRED, False, False)
SLOWER = (Outcome.DEFERRED, False, True)
OK = Reply(202, b"", headers={"X-Message-Id": "one-of-sendgrid-s"})


def test_all_of_a_request_have_its_name_and_the_connection_is_kept(sendgrid: SendGridProvider) -> None:
    with sendgrid.open() as sender:
        receipts = [receipt for number in range(3) for receipt in sender.send([message(number), message(9)])]
    assert [receipt.provider_id for receipt in receipts] == ["fake-1"] * 2 + ["fake-2"] * 2 + ["fake-3"] * 2
    assert [receipt.status for receipt in receipts] == [202] * 6
    assert sendgrid.server.connections == 1


def test_what_arrives_has_its_headers_and_its_custom_arguments(sendgrid: SendGridProvider) -> None:
    with sendgrid.open() as sender:
        sender.send(BATCH)
    assert [(one.delivery_id, one.html, one.headers) for one in sendgrid.arrived()] == [
        (one.delivery_id, one.html, one.headers) for one in BATCH
    ]
    (payload,) = sendgrid.fake.payloads
    assert payload["personalizations"][0]["custom_args"]["edition"] == "weekly_winddown/2026-W47"


def test_what_was_checked_in_the_sandbox_has_not_been_sent(sendgrid: SendGridProvider) -> None:
    """We never ask for it; who gets 200 all the same must not take it for 202."""
    with sendgrid.open() as sender:
        sendgrid.fake.script.append(Reply(200, b""))
        with pytest.raises(DeliveryError, match="sandbox") as caught:
            sender.send(BATCH)
    assert (caught.value.status, sendgrid.arrived()) == (200, [])


# What nobody can tell


@pytest.mark.parametrize(
    "reply",
    [
        Reply(fault=Fault.SILENCE),
        Reply(fault=Fault.RESET),
        Reply(fault=Fault.CLOSE),
        Reply(202, b"", fault=Fault.HALF),
        refusal(500, "internal server error"),
        refusal(503, "service unavailable"),
        Reply(408),
        Reply(302),
        Reply(204, b""),
    ],
    ids=lambda reply: f"{reply.status} {reply.fault or 'answered'}",
)
def test_without_a_clear_answer_it_is_uncertain(sendgrid: SendGridProvider, reply: Reply) -> None:
    assert outcomes(sendgrid, BATCH, reply) == [UNCERTAIN] * 4


def test_after_an_uncertain_request_the_others_are_left(sendgrid: SendGridProvider) -> None:
    found = outcomes(sendgrid, APART, OK, Reply(fault=Fault.RESET))
    assert found == [ACCEPTED, UNCERTAIN, ANOTHER_TIME, ANOTHER_TIME]
    assert sendgrid.fake.payloads == []


def test_after_a_broken_connection_the_next_batch_has_a_new_one(sendgrid: SendGridProvider) -> None:
    with sendgrid.open(timeout_s=0.3) as sender:
        sendgrid.fake.script.append(Reply(fault=Fault.SILENCE))
        sender.send(BATCH)
        assert {receipt.outcome for receipt in sender.send(BATCH)} == {Outcome.ACCEPTED}


def test_an_accepted_request_whose_answer_breaks_off_after_its_head_is_accepted() -> None:
    head = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: cut-off\r\nContent-Length: 100\r\n\r\nhalf"
    with _socket_server(lambda peer: (peer.recv(1 << 20), peer.sendall(head))) as host:
        sender = SendGridSender(SendGridSettings(KEY, "hello@example.org", host=host, timeout_s=2), EDITION)
        receipts = sender.send(BATCH)
    assert {(one.outcome, one.provider_id) for one in receipts} == {(Outcome.ACCEPTED, "cut-off")}


# What surely did not leave


def test_a_connection_that_idled_too_long_is_renewed_without_a_doubt(sendgrid: SendGridProvider) -> None:
    with sendgrid.open() as sender:
        sendgrid.fake.script.append(Reply(202, b"", close=True))
        sender.send(BATCH)
        _until(lambda: _hung_up_on(sender))
        assert {receipt.outcome for receipt in sender.send(BATCH)} == {Outcome.ACCEPTED}
    assert sendgrid.server.connections == 2


def test_a_connection_that_rested_is_not_trusted(sendgrid: SendGridProvider) -> None:
    now = [0.0]
    connection = Connection(sendgrid.settings(), lambda: now[0])
    for pause in (1.0, 19.0, 21.0):
        now[0] += pause
        connection.call("GET", "/v3/scopes", None, {})
    connection.close()
    assert sendgrid.server.connections == 2


def test_nobody_there_is_an_error_and_nothing_left(sendgrid: SendGridProvider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DeliveryError, match="no connection"):
        SendGridSender(sendgrid.settings(host=f"http://127.0.0.1:{port}"), EDITION).send(BATCH)


def test_a_connection_that_breaks_while_the_request_is_written_is_an_error_and_nothing_left() -> None:
    large = [message(1, joined=False, greeting="\u00fc" * 3_900_000)]  # more than a socket's buffers take
    with HttpServer(FakeSendGrid().answer, gate=lambda _, path, __: path != SEND) as server:
        settings = SendGridSettings(KEY, "hello@example.org", host=server.url, timeout_s=2)
        with SendGridSender(settings, EDITION) as sender, pytest.raises(DeliveryError, match="while writing"):
            sender.send(large)


def test_a_server_that_refuses_a_request_before_it_has_read_it_is_understood() -> None:
    refused = b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    large = [message(1, joined=False, greeting="z" * 3_900_000)]

    def answer(peer: socket.socket) -> None:
        peer.recv(1000)
        peer.sendall(refused)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(1 << 20):
            pass

    with _socket_server(answer) as host:
        settings = SendGridSettings(KEY, "hello@example.org", host=host, timeout_s=2)
        with pytest.raises(DeliveryError) as caught:
            SendGridSender(settings, EDITION).send(large)
    assert caught.value.status == 413


def test_an_error_after_an_accepted_request_leaves_the_others_for_another_time(sendgrid: SendGridProvider) -> None:
    found = outcomes(sendgrid, APART, OK, refusal(403, "access forbidden"))
    assert found == [ACCEPTED, ANOTHER_TIME, ANOTHER_TIME, ANOTHER_TIME]


# What SendGrid refuses


def test_throttling_leaves_all_for_later_and_says_until_when(sendgrid: SendGridProvider) -> None:
    reply = refusal(429, "too many requests", X_RateLimit_Reset="1795600000")
    with sendgrid.open() as sender:
        sendgrid.fake.script.extend((OK, reply))
        receipts = sender.send(APART)
    assert [(one.outcome, one.tried, one.throttled) for one in receipts] == [ACCEPTED, SLOWER, SLOWER, SLOWER]
    assert receipts[1].detail == "too many requests; it takes more from 2026-11-25 09:46:40 UTC on"
    assert outcomes(sendgrid, BATCH, refusal(429, "too many requests", X_RateLimit_Reset="soon")) == [SLOWER] * 4


def test_the_one_that_sendgrid_names_is_rejected_and_the_others_go_again(sendgrid: SendGridProvider) -> None:
    words = "person2@example.com does not contain a valid address."
    reply = refusal(400, words, "personalizations.2.to.0.email")
    with sendgrid.open() as sender:
        sendgrid.fake.script.append(reply)
        receipts = sender.send(BATCH)
    assert [(one.outcome, one.tried) for one in receipts] == [
        ANOTHER_TIME[:2],
        ANOTHER_TIME[:2],
        REJECTED[:2],
        ANOTHER_TIME[:2],
    ]
    assert receipts[2].detail == "personalizations.2.to.0.email: address does not contain a valid address."


def test_after_a_rejected_one_the_next_requests_go(sendgrid: SendGridProvider) -> None:
    reply = refusal(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
    assert outcomes(sendgrid, APART, reply) == [REJECTED, ACCEPTED, ACCEPTED, ACCEPTED]


@pytest.mark.parametrize("field", ["content", "subject", "personalizations"])
def test_a_message_alone_in_its_request_needs_no_name(sendgrid: SendGridProvider, field: str) -> None:
    assert outcomes(sendgrid, APART[:1], refusal(400, "no", field)) == [REJECTED]


@pytest.mark.parametrize(
    ("status", "field", "advice"),
    [
        (400, None, "complains"),
        (400, "personalizations", "complains"),
        (400, "personalizations.4.to", "complains"),
        (400, "from.email", "complains"),
        (401, None, "API key"),
        (403, "from", "sender's address"),
        (404, None, "complains"),
        (413, None, "complains"),
        (415, None, "complains"),
        (451, None, "complains"),
    ],
)
def test_a_refusal_that_is_nobody_s_is_an_error(
    sendgrid: SendGridProvider, status: int, field: str | None, advice: str
) -> None:
    with sendgrid.open() as sender:
        sendgrid.fake.script.append(refusal(status, "ask anna@example.com", field))
        with pytest.raises(DeliveryError, match=advice) as caught:
            sender.send(BATCH)
    assert "@" not in f"{caught.value}{caught.value.body}"
    assert KEY not in f"{caught.value!r}"


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"errors": null}', b'{"errors": ["x"]}', b"\xff\xfe", b"{"]
)
def test_a_refusal_that_cannot_be_read_is_an_error_too(sendgrid: SendGridProvider, body: bytes) -> None:
    with sendgrid.open() as sender:
        sendgrid.fake.script.append(Reply(400, body))
        with pytest.raises(DeliveryError, match="400 Bad Request"):
            sender.send(BATCH)


def test_credits_that_are_used_up_end_sending_in_good_order(sendgrid: SendGridProvider) -> None:
    spent = refusal(401, "Maximum credits exceeded")
    with sendgrid.open() as sender:
        sendgrid.fake.script.append(spent)
        with pytest.raises(QuotaError, match="credits are used up"):
            sender.send(BATCH)
    assert outcomes(sendgrid, APART, OK, spent)[1:] == [ANOTHER_TIME] * 3


# Secrets, and what cannot be


def test_neither_key_nor_address_is_ever_logged_or_shown(
    sendgrid: SendGridProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with sendgrid.open() as sender:
        sender.preflight(4)
        sendgrid.fake.script.append(refusal(400, "person2@example.com is wrong", "personalizations.2.to"))
        sender.send(BATCH)
        sender.send(BATCH)
    assert "PAYLOAD" in caplog.text
    assert KEY not in caplog.text
    assert "example.com" not in caplog.text
    assert KEY not in repr(sendgrid.settings())


def test_a_wrong_key_is_an_error_before_anything_is_sent(sendgrid: SendGridProvider) -> None:
    with pytest.raises(ConfigurationError, match="does not take the API key") as caught:
        sendgrid.open(api_key="SG.wrong-key").__enter__()
    assert "SG.wrong-key" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": ""},
        {"api_key": "SG.a\nb"},
        {"batch_size": 0},
        {"batch_size": 1_001},
        {"host": "http://api.sendgrid.com"},
        {"host": "api.sendgrid.com"},
        {"host": "https://api.sendgrid.com/v3"},
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, object]) -> None:
    usual: dict[str, object] = {"api_key": KEY, "from_address": "hello@example.org"}
    with pytest.raises(ConfigurationError):
        SendGridSettings(**(usual | changes))  # type: ignore[arg-type]


def test_a_regional_host_is_only_a_setting() -> None:
    assert SendGridSettings(KEY, "hello@example.org", host=EU_HOST).host == EU_HOST


def test_a_certificate_that_nobody_vouches_for_ends_it_before_the_key_is_said() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    heard: list[bytes] = []

    def answer(peer: socket.socket) -> None:
        try:
            with context.wrap_socket(peer, server_side=True) as secure:
                heard.append(secure.recv(1000))
        except OSError:
            heard.append(b"")

    with _socket_server(answer) as host:
        settings = SendGridSettings(
            KEY, "hello@example.org", host=host.replace("http://127.0.0.1", "https://localhost")
        )
        with pytest.raises(NotSentError, match="certificate is not to be trusted"):
            Connection(settings).call("GET", "/v3/scopes", None, {"Authorization": KEY})
    assert heard == [b""]


@contextmanager
def _socket_server(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """One connection, and what to do with it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            peer, _ = listening.accept()
            with peer:
                answer(peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def _hung_up_on(sender: SendGridSender) -> bool:
    """Whether the other side has closed: at the end of a stream there is nothing to read, and no waiting."""
    try:
        return sender._connection._http.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False


def _until(happened: Callable[[], bool]) -> None:
    for _ in range(200):
        if happened():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never happened")
