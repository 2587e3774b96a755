"""What the SES sender makes of SES's answers, of its refusals, and of its silence."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.exceptions import ClientError, ConnectTimeoutError, ProxyConnectionError
from service_model import answered, faults, service
from ses_provider import ENVIRONMENT, SECRET, SesProvider, ses_provider
from ses_server import BULK, SINGLE, Mishap

from campaigns.ground.errors import ConfigurationError, DeliveryError, QuotaError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.sender import Allowance
from campaigns.senders.ses.failures import Departure, weigh

ACCEPTED, REJECTED, DEFERRED, UNCERTAIN = (
    Outcome.ACCEPTED,
    Outcome.REJECTED,
    Outcome.DEFERRED,
    Outcome.UNCERTAIN,
)


@pytest.fixture
def ses() -> Iterator[SesProvider]:
    with ses_provider() as provider:
        yield provider


def message(number: int, subject: str = "Good night") -> Message:
    return Message(
        delivery_id=f"{number:032x}",
        sender=Mailbox("hello@example.org", "Weekly Winddown"),
        reply_to=None,
        recipient=Mailbox(f"person{number}@example.com"),
        subject=subject,
        html="<p>{{name}} “sleeps” well</p>",
        text="Sleep well\n",
        headers=(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),),
    )


def batch(count: int = 3) -> list[Message]:
    return [message(n) for n in range(count)]


def sent(ses: SesProvider, count: int = 3, **changes: Any) -> Sequence[Receipt]:
    with ses.open(**changes) as sender:
        return sender.send(batch(count))


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def calls(ses: SesProvider, path: str = BULK) -> int:
    return sum(asked == path for _, asked in ses.fake.requests)


# what is certain


def test_a_full_batch_goes_in_one_call_and_every_receipt_is_in_its_place(ses: SesProvider) -> None:
    with ses.open() as sender:
        receipts = sender.send(list(reversed(batch(50))))
        sender.send(batch(1))
    assert calls(ses) == 2
    assert [receipt.delivery_id for receipt in receipts] == [m.delivery_id for m in reversed(batch(50))]
    assert outcomes(receipts) == [ACCEPTED] * 50
    assert len({receipt.provider_id for receipt in receipts} - {None}) == 50


def test_recipients_get_what_was_rendered(ses: SesProvider) -> None:
    sent(ses)
    assert ses.arrived() == batch()


def test_the_connection_that_is_opened_on_entering_serves_all_batches(ses: SesProvider) -> None:
    with ses.open() as sender:
        for _ in range(5):
            sender.send(batch())
    assert ses.server.connections == 1


def test_a_connection_that_idled_out_is_noticed_before_the_next_batch_goes(ses: SesProvider) -> None:
    ses.fake.mishaps.append(Mishap.IDLED_OUT)
    with ses.open() as sender:
        sender.send(batch())
        threading.Event().wait(0.1)  # until the end of the connection has arrived here
        assert outcomes(sender.send([message(9)])) == [ACCEPTED]


def test_a_message_that_ses_could_not_take_is_rejected_and_the_others_go(ses: SesProvider) -> None:
    with ses.open() as sender:
        receipts = sender.send([message(1), message(2, "Good\nnight"), message(3)])
    assert outcomes(receipts) == [ACCEPTED, REJECTED, ACCEPTED]
    assert "line break" in receipts[1].detail
    assert len(ses.arrived()) == 2


def test_nothing_is_asked_of_ses_when_it_could_take_none_of_a_batch(ses: SesProvider) -> None:
    with ses.open() as sender:
        assert outcomes(sender.send([message(1, "\n")])) == [REJECTED]
    assert calls(ses) == 0


# each entry by itself


@pytest.mark.parametrize(
    ("status", "outcome", "tried", "throttled"),
    [
        ("MESSAGE_REJECTED", REJECTED, True, False),
        ("INVALID_PARAMETER", REJECTED, True, False),
        ("TRANSIENT_FAILURE", DEFERRED, True, False),
        ("FAILED", DEFERRED, True, False),
        ("ACCOUNT_THROTTLED", DEFERRED, False, True),
        ("ACCOUNT_DAILY_QUOTA_EXCEEDED", DEFERRED, False, False),
        ("ACCOUNT_SUSPENDED", DEFERRED, False, False),
        ("A_STATUS_OF_NEXT_YEAR", UNCERTAIN, True, False),
        ("", UNCERTAIN, True, False),
    ],
)
def test_an_entry_s_status_is_its_own_and_the_others_have_theirs(
    ses: SesProvider,
    status: str,
    outcome: Outcome,
    tried: bool,  # noqa: FBT001 - a case
    throttled: bool,  # noqa: FBT001 - a case
) -> None:
    ses.fake.statuses.extend([("SUCCESS", ""), (status, "not <person1@example.com>\n now"), ("SUCCESS", "")])
    receipts = sent(ses)
    assert outcomes(receipts) == [ACCEPTED, outcome, ACCEPTED]
    assert (receipts[1].tried, receipts[1].throttled) == (tried, throttled)
    assert receipts[1].detail == f"{status or 'no status'}: not <address> now"


def test_a_call_all_of_whose_entries_are_throttled_is_deferred_not_an_error(ses: SesProvider) -> None:
    ses.fake.statuses.extend([("ACCOUNT_THROTTLED", "slower")] * 3)
    assert {(r.outcome, r.throttled, r.tried) for r in sent(ses)} == {(DEFERRED, True, False)}


def test_a_day_s_quota_that_ends_between_batches_ends_the_sending(ses: SesProvider) -> None:
    ses.fake.statuses.extend([("ACCOUNT_DAILY_QUOTA_EXCEEDED", "enough")] * 3)
    with pytest.raises(QuotaError, match="run the command again tomorrow"):
        sent(ses)


@pytest.mark.parametrize(
    "status",
    [
        "ACCOUNT_SUSPENDED",
        "ACCOUNT_SENDING_PAUSED",
        "CONFIGURATION_SET_NOT_FOUND",
        "CONFIGURATION_SET_SENDING_PAUSED",
        "INVALID_SENDING_POOL_NAME",
        "MAIL_FROM_DOMAIN_NOT_VERIFIED",
        "TEMPLATE_NOT_FOUND",
    ],
)
def test_what_stops_everybody_is_an_error_when_nothing_of_the_batch_has_left(
    ses: SesProvider, status: str
) -> None:
    ses.fake.statuses.extend([("MESSAGE_REJECTED", "virus"), (status, ""), (status, "")])
    with pytest.raises(DeliveryError, match=status) as caught:
        sent(ses)
    assert not isinstance(caught.value, QuotaError)


def test_an_answer_with_fewer_results_than_messages_tells_nothing(ses: SesProvider) -> None:
    ses.fake.mishaps.append(Mishap.GARBAGE_AFTER)
    assert outcomes(sent(ses)) == [UNCERTAIN] * 3


# a call refused as a whole


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (429, "TooManyRequestsException", "Too many requests"),
        (429, "TooManyRequestsException", "Maximum sending rate exceeded."),
        (400, "ThrottlingException", "Rate exceeded"),
        (400, "LimitExceededException", "Maximum sending rate exceeded."),
    ],
)
def test_throttling_defers_all_and_asks_to_go_slower(ses: SesProvider, status: int, code: str, words: str) -> None:
    with ses.open() as sender:
        ses.fake.refusals.append((status, code, words))
        receipts = sender.send(batch())
    assert {(r.outcome, r.throttled, r.tried, r.status) for r in receipts} == {(DEFERRED, True, False, status)}


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ThrottlingException", "LimitExceededException"])
def test_the_end_of_a_day_s_quota_ends_the_sending(ses: SesProvider, code: str) -> None:
    with ses.open() as sender:
        ses.fake.refusals.append((400, code, "Daily message quota exceeded."))
        with pytest.raises(QuotaError, match="quota of 24 hours"):
            sender.send(batch())


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (400, "AccountSuspendedException", "AWS support"),
        (400, "SendingPausedException", "enable sending"),
        (400, "MailFromDomainNotVerifiedException", "MAIL FROM"),
        (404, "NotFoundException", "template"),
        (400, "LimitExceededException", "put that right"),
        (403, "AccessDeniedException", "put that right"),
    ],
)
def test_a_refusal_means_that_nothing_left(ses: SesProvider, status: int, code: str, advice: str) -> None:
    with ses.open() as sender:
        ses.fake.refusals.append((status, code, "person1@example.com is not welcome"))
        with pytest.raises(DeliveryError, match=advice) as caught:
            sender.send(batch())
    assert (caught.value.provider, caught.value.status) == ("ses", status)
    assert caught.value.body == f"{code}: address is not welcome"
    assert "@" not in str(caught.value)


def unfit(*numbers: int) -> frozenset[str]:
    return frozenset(message(n).delivery_id for n in numbers)


@pytest.mark.parametrize("numbers", [(0,), (7,), (49,), (3, 4), (10, 40), tuple(range(1, 50))])
def test_of_a_refused_call_only_the_messages_at_fault_are_rejected(
    ses: SesProvider, numbers: tuple[int, ...]
) -> None:
    ses.fake.unfit = unfit(*numbers)
    receipts = sent(ses, 50)
    assert {n for n, receipt in enumerate(receipts) if receipt.outcome is REJECTED} == set(numbers)
    assert receipts[numbers[0]].detail == "BadRequestException: Invalid parameter value."
    assert sorted(arrived.delivery_id for arrived in ses.arrived()) == sorted(
        receipt.delivery_id for receipt in receipts if receipt.outcome is ACCEPTED
    )


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("code", ["BadRequestException", "MessageRejected"])
def test_a_refusal_of_every_message_stops_the_sending(ses: SesProvider, code: str, count: int) -> None:
    with ses.open() as sender:
        ses.fake.refusals.extend([(400, code, "not like this")] * 2 * count)
        with pytest.raises(DeliveryError, match="put that right"):
            sender.send(batch(count))
    assert ses.fake.accepted == 0


def test_what_is_uncertain_ends_the_search_and_the_rest_goes_another_time(ses: SesProvider) -> None:
    ses.fake.unfit = unfit(0)
    with ses.open() as sender:
        ses.fake.refusals.extend([(400, "MessageRejected", "one of them"), (503, "Unavailable", "oh")])
        receipts = sender.send(batch(4))
    assert outcomes(receipts) == [UNCERTAIN, UNCERTAIN, DEFERRED, DEFERRED]
    assert [receipt.tried for receipt in receipts] == [True, True, False, False]


def test_an_end_in_the_middle_of_the_search_keeps_what_has_left(ses: SesProvider) -> None:
    with ses.open() as sender:
        ses.fake.unfit = unfit(3)
        ses.fake.statuses.extend([("SUCCESS", "")] * 2 + [("ACCOUNT_DAILY_QUOTA_EXCEEDED", "")])
        receipts = sender.send(batch(4))
    assert outcomes(receipts) == [ACCEPTED, ACCEPTED, DEFERRED, DEFERRED]
    assert [receipt.tried for receipt in receipts] == [True, True, False, False]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_s_failure_is_no_proof_that_nothing_left(ses: SesProvider, status: int) -> None:
    with ses.open() as sender:
        ses.fake.refusals.append((status, "InternalServiceErrorException", "oh"))
        receipts = sender.send(batch())
    assert {(r.outcome, r.status) for r in receipts} == {(UNCERTAIN, status)}


# what cannot be known


@pytest.mark.parametrize("mishap", [m for m in Mishap if m.name.endswith("_AFTER")])
def test_whatever_happens_to_the_answer_of_an_accepted_batch_it_is_uncertain(
    ses: SesProvider, mishap: Mishap
) -> None:
    ses.fake.mishaps.append(mishap)
    assert outcomes(sent(ses, read_timeout_s=0.5)) == [UNCERTAIN] * 3
    assert ses.fake.accepted == 3


@pytest.mark.parametrize("mishap", [Mishap.RESET_UNREAD, Mishap.ERROR_BEFORE])
def test_what_was_lost_looks_the_same_and_is_uncertain_too(ses: SesProvider, mishap: Mishap) -> None:
    ses.fake.mishaps.append(mishap)
    assert outcomes(sent(ses)) == [UNCERTAIN] * 3
    assert ses.fake.accepted == 0


@pytest.mark.parametrize("mishap", [m for m in Mishap if m is not Mishap.RESET_UNREAD])
def test_no_request_is_made_a_second_time_whatever_the_environment_says(ses: SesProvider, mishap: Mishap) -> None:
    assert int(ENVIRONMENT["AWS_MAX_ATTEMPTS"]) > 1
    ses.fake.mishaps.append(mishap)
    sent(ses, read_timeout_s=0.5)
    assert calls(ses) == 1


def test_a_request_that_was_reset_unread_is_not_made_a_second_time_either(ses: SesProvider) -> None:
    ses.fake.mishaps.append(Mishap.RESET_UNREAD)
    with ses.open() as sender:
        before = ses.server.requests
        sender.send(batch())
    assert ses.server.requests - before == 1


def test_a_question_may_be_asked_again(ses: SesProvider) -> None:
    ses.fake.refusals.append((429, "TooManyRequestsException", "one a second"))
    with ses.open() as sender:
        assert sender.allowance.per_second == 500


# nobody there


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_refused_connection_means_that_nothing_left(ses: SesProvider) -> None:
    sender = ses.open(endpoint_url=f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(DeliveryError, match="cannot be reached"):
        sender.send(batch())


def test_a_name_that_nobody_knows_means_that_nothing_left(ses: SesProvider) -> None:
    sender = ses.open(endpoint_url="http://ses.invalid")
    with pytest.raises(DeliveryError, match="cannot be reached"):
        sender.send(batch())


@contextmanager
def silent_tls(authority: trustme.CA) -> Iterator[int]:
    """A server with a certificate, which hangs up after it was shown."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def show() -> None:
            plain, _ = listening.accept()
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

        thread = threading.Thread(target=show)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


def test_a_certificate_that_nobody_vouches_for_means_that_nothing_left(ses: SesProvider) -> None:
    with silent_tls(trustme.CA()) as port, pytest.raises(DeliveryError, match="certificate"):
        ses.open(endpoint_url=f"https://localhost:{port}").send(batch())


def test_a_tls_connection_that_breaks_later_leaves_it_open(
    ses: SesProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with silent_tls(authority) as port:
        receipts = ses.open(endpoint_url=f"https://localhost:{port}").send(batch())
    assert outcomes(receipts) == [UNCERTAIN] * 3


@pytest.mark.parametrize(
    "failure",
    [
        ConnectTimeoutError(endpoint_url="https://ses.example"),
        ProxyConnectionError(proxy_url="http://proxy.example"),
    ],
)
def test_a_time_out_on_connecting_and_a_proxy_out_of_reach_mean_that_nothing_left(
    ses: SesProvider, failure: Exception
) -> None:
    departure = Departure(ses.open()._sending)
    departure._begun()
    with pytest.raises(DeliveryError, match="cannot be reached"):
        weigh(failure, departure)


def test_a_failure_to_get_credentials_means_that_nothing_left(ses: SesProvider) -> None:
    response: Any = {"Error": {"Code": "InternalFailure"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
    departure = Departure(ses.open()._sending)
    with pytest.raises(DeliveryError, match="AssumeRole"):
        weigh(ClientError(response, "AssumeRole"), departure)


def test_credentials_that_vanish_mean_that_nothing_left(ses: SesProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(DeliveryError, match="credentials"):
        ses.open().send(batch())
    assert ses.server.requests == 0


# entering


def test_missing_credentials_are_found_on_entering(ses: SesProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ConfigurationError, match="Unable to locate credentials"), ses.open():
        pass


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "SignatureDoesNotMatch", "ExpiredTokenException"])
def test_wrong_credentials_are_found_on_entering_and_not_repeated(ses: SesProvider, code: str) -> None:
    ses.fake.refusals.append((403, code, f"what you signed with {SECRET} does not match"))
    with pytest.raises(ConfigurationError, match=code) as caught, ses.open():
        pass
    assert SECRET not in str(caught.value)


def test_a_profile_that_is_not_there_is_a_configuration_error(
    ses: SesProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ConfigurationError, match="nobody"):
        ses.open()


@pytest.mark.parametrize("size", [0, 51])
def test_a_batch_size_beyond_what_ses_takes_is_a_configuration_error(ses: SesProvider, size: int) -> None:
    with pytest.raises(ConfigurationError, match=f"batch_size is {size}"):
        ses.settings(batch_size=size)


@pytest.mark.parametrize(
    ("quota", "allowance"),
    [
        ({"MaxSendRate": 14.0, "Max24HourSend": 200.0, "SentLast24Hours": 50.0}, Allowance(14.0, 150)),
        ({"MaxSendRate": -1.0, "Max24HourSend": -1.0, "SentLast24Hours": 9.0}, Allowance(None, None)),
        ({"MaxSendRate": 1.0, "Max24HourSend": 200.0, "SentLast24Hours": 201.0}, Allowance(1.0, 0)),
    ],
)
def test_the_allowance_is_the_account_s(ses: SesProvider, quota: dict[str, float], allowance: Allowance) -> None:
    ses.fake.account["SendQuota"] = quota
    with ses.open() as sender:
        assert sender.allowance == allowance


# one-offs


def test_a_one_off_arrives_as_it_would_in_bulk(ses: SesProvider) -> None:
    with ses.open() as sender:
        (in_bulk,) = sender.send([message(1)])
        alone = sender.send_one(message(1))
    assert (in_bulk.outcome, alone.outcome) == (ACCEPTED, ACCEPTED)
    assert alone.provider_id
    one, other = ses.fake.arrived
    assert one == other


def test_a_one_off_that_bulk_could_not_take_is_rejected(ses: SesProvider) -> None:
    with ses.open() as sender:
        assert sender.send_one(message(1, "Good\nnight")).outcome is REJECTED
    assert calls(ses, SINGLE) == 0


def test_a_one_off_without_an_answer_is_uncertain_and_not_repeated(ses: SesProvider) -> None:
    ses.fake.mishaps.append(Mishap.RESET_AFTER)
    with ses.open() as sender:
        assert sender.send_one(message(1)).outcome is UNCERTAIN
    assert calls(ses, SINGLE) == 1


def test_a_refused_one_off_is_an_error(ses: SesProvider) -> None:
    with ses.open() as sender:
        ses.fake.refusals.append((400, "MessageRejected", "Email address is not verified: person1@example.com"))
        with pytest.raises(DeliveryError, match="not verified: address"):
            sender.send_one(message(1))


# nothing personal, nothing secret


def test_logs_hold_neither_addresses_nor_secrets_even_at_debug(
    ses: SesProvider, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sent(ses)
        with ses.open() as sender:
            sender.send_one(message(1))
    for personal in ("person1@", SECRET, "Signature"):
        assert personal not in caplog.text


# the fake itself


def test_the_fake_answers_within_the_service_model(ses: SesProvider) -> None:
    model = service("sesv2")
    with ses.open() as sender:
        ask = sender._asking
        answers = {
            "GetAccount": ask.get_account(),
            "GetEmailIdentity": ask.get_email_identity(EmailIdentity="example.org"),
            "GetEmailTemplate": ask.get_email_template(TemplateName="winddown"),
            "GetConfigurationSetEventDestinations": ask.get_configuration_set_event_destinations(
                ConfigurationSetName="weekly"
            ),
        }
    for operation, answer in answers.items():
        content = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        assert faults(answered(model, operation), content) == []
