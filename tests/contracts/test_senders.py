"""What every sender promises, whoever the provider is."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pytest
from http_server import Fault, Reply
from sendgrid_provider import sendgrid_provider
from sendgrid_server import Misfortune, refusal
from ses_provider import ses_provider
from ses_server import Mishap
from smtp_provider import Mood, smtp_provider

from campaigns.ground.errors import DeliveryError, MessageError
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome, Receipt
from campaigns.ports.sender import Allowance, Sender, SendsOneOffs
from campaigns.senders.memory import MemorySender, accept_all
from campaigns.senders.null import NullSender
from campaigns.senders.outbox import OutboxSender

MAY_HAVE_LEFT = {Outcome.ACCEPTED, Outcome.UNCERTAIN}


def message(number: int, subject: str = "Good night") -> Message:
    return Message(
        delivery_id=f"{number:032x}",
        sender=Mailbox("hello@example.org", "Weekly Winddown"),
        reply_to=None,
        recipient=Mailbox(f"person{number}@example.com"),
        subject=subject,
        html="<p>Sleep well</p>",
        text=".Sleep well\n.\n",
        headers=(),
    )


def assemble(message: Message) -> bytes:
    """Enough of RFC 5322 to tell messages apart; dots where a wire could lose them."""
    if "\n" in message.subject:
        raise MessageError("header Subject: a line break is not allowed")
    text = message.text.replace("\n", "\r\n")
    return f"X-Delivery: {message.delivery_id}\r\nSubject: {message.subject}\r\n\r\n{text}".encode()


class Trouble(StrEnum):
    """What happens to the next messages, once."""

    THROTTLED = "the provider asks to go slower"
    CLOSED = "the provider takes nothing"
    SILENT = "the provider takes what comes, and does not say so"


@dataclass(frozen=True)
class Provider:
    """A sender, and a look at what has arrived at the other end.

    Attributes:
        arrived: the bytes that arrived, or None where nothing can be looked at.
        refuses: whether it refuses what cannot be assembled; a fake that assembles nothing cannot.
        bring: how to bring on those troubles that it can have.
    """

    open: Callable[[], Sender]
    arrived: Callable[[], list[bytes]] | None
    refuses: bool = True
    bring: Mapping[Trouble, Callable[[], object]] = field(default_factory=dict)

    def troubled(self, trouble: Trouble) -> None:
        """Bring it on, or skip the test where there is no such trouble."""
        if trouble not in self.bring:
            pytest.skip(f"it never happens that {trouble}")
        self.bring[trouble]()

    def delivery_ids(self) -> list[str]:
        """Of what arrived, in order."""
        assert self.arrived is not None
        return [content.split(b"\r\n")[0].removeprefix(b"X-Delivery: ").decode() for content in self.arrived()]


@pytest.fixture
def memory() -> Provider:
    troubles: deque[Trouble] = deque()

    def script(message: Message) -> Outcome | Receipt:
        match troubles.popleft() if troubles else None:
            case Trouble.THROTTLED:
                return Receipt(message.delivery_id, Outcome.DEFERRED, tried=False, throttled=True)
            case Trouble.CLOSED:
                raise DeliveryError("memory: it takes nothing; try again", provider="memory")
            case Trouble.SILENT:
                return Outcome.UNCERTAIN
        return accept_all(message)

    sender = MemorySender(script)
    return Provider(
        lambda: sender,
        lambda: [assemble(m) for m in sender.messages],
        refuses=False,
        bring={trouble: lambda trouble=trouble: troubles.append(trouble) for trouble in Trouble},  # type: ignore[misc]
    )


@pytest.fixture
def null() -> Provider:
    return Provider(lambda: NullSender(assemble), None)


@pytest.fixture
def outbox(tmp_path: Path) -> Provider:
    folder = tmp_path / "a" / "new" / "outbox"
    return Provider(
        lambda: OutboxSender(folder, assemble),
        lambda: [path.read_bytes() for path in sorted(folder.iterdir())] if folder.exists() else [],
        bring={Trouble.CLOSED: lambda: shutil.rmtree(folder)},
    )


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[Provider]:
    with smtp_provider(tmp_path) as provider:
        mailroom = provider.mailroom
        yield Provider(
            lambda: provider.open(assemble),
            lambda: mailroom.contents,
            bring={
                Trouble.THROTTLED: lambda: mailroom.moods.append(Mood.SLOWER),
                Trouble.CLOSED: lambda: mailroom.moods.append(Mood.NOT_YOURS),
                Trouble.SILENT: lambda: mailroom.moods.append(Mood.SILENT),
            },
        )


@pytest.fixture
def ses() -> Iterator[Provider]:
    with ses_provider() as provider:
        fake = provider.fake
        paused = (400, "SendingPausedException", "sending is paused")
        yield Provider(
            provider.open,
            lambda: [assemble(message) for message in provider.arrived()],
            bring={
                Trouble.THROTTLED: lambda: fake.mishaps.append(Mishap.THROTTLED),
                Trouble.CLOSED: lambda: fake.refusals.append(paused),
                Trouble.SILENT: lambda: fake.mishaps.append(Mishap.RESET_AFTER),
            },
        )


@pytest.fixture
def sendgrid() -> Iterator[Provider]:
    with sendgrid_provider() as provider:
        fake = provider.fake
        silences: deque[Misfortune] = deque()
        fake.faults = lambda _: silences.popleft() if silences else None
        yield Provider(
            provider.open,
            lambda: [assemble(message) for message in provider.arrived()],
            bring={
                Trouble.THROTTLED: lambda: fake.script.append(refusal(429, "too many requests")),
                Trouble.CLOSED: lambda: fake.script.append(refusal(401, "revoked")),
                Trouble.SILENT: lambda: silences.append(Misfortune(Reply(fault=Fault.RESET), accepts=True)),
            },
        )


@pytest.fixture(params=["memory", "null", "outbox", "smtp", "ses", "sendgrid"])
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def ids(receipts: Sequence[Receipt], *wanted: Outcome) -> set[str]:
    return {receipt.delivery_id for receipt in receipts if receipt.outcome in wanted}


def test_a_sender_says_who_it_is_and_how_much_it_takes(provider: Provider) -> None:
    sender = provider.open()
    assert sender.name.isidentifier()
    assert 1 <= sender.batch_size <= 1000
    assert sender.in_one_call in {True, False}
    assert sender.calls_at_once >= 1


def test_as_many_threads_as_a_sender_says_may_hand_over_at_once(provider: Provider) -> None:
    with provider.open() as sender, ThreadPoolExecutor(sender.calls_at_once) as threads:
        batches = [[message(3 * number + n) for n in range(3)] for number in range(8)]
        handed_over = list(threads.map(sender.send, batches))
    assert [[receipt.delivery_id for receipt in receipts] for receipts in handed_over] == [
        [message.delivery_id for message in each] for each in batches
    ]
    assert {outcome for receipts in handed_over for outcome in outcomes(receipts)} == {Outcome.ACCEPTED}


def test_the_allowance_is_known_on_entering_and_leaves_room_to_send(provider: Provider) -> None:
    with provider.open() as sender:
        allowance = sender.allowance
    assert isinstance(allowance, Allowance)
    assert allowance.per_second is None or allowance.per_second > 0
    assert allowance.remaining is None or allowance.remaining > 0


def test_preflight_returns_sentences_and_sends_nothing(provider: Provider) -> None:
    with provider.open() as sender:
        warnings = sender.preflight(1000)
    assert all(isinstance(warning, str) and " " in warning and "\n" not in warning for warning in warnings)
    assert provider.arrived is None or provider.arrived() == []


def test_every_message_of_a_full_batch_gets_its_receipt_in_order(provider: Provider) -> None:
    with provider.open() as sender:
        batch = [message(n) for n in reversed(range(sender.batch_size))]
        receipts = sender.send(batch)
    assert [receipt.delivery_id for receipt in receipts] == [m.delivery_id for m in batch]
    assert outcomes(receipts) == [Outcome.ACCEPTED] * len(batch)


def test_what_is_accepted_arrives_once_and_byte_for_byte(provider: Provider) -> None:
    if provider.arrived is None:
        pytest.skip("nothing arrives anywhere")
    with provider.open() as sender:
        batches = [[message(n) for n in range(3)], [message(n) for n in range(3, 5)]]
        receipts = [receipt for batch in batches for receipt in sender.send(batch)]
    assert outcomes(receipts) == [Outcome.ACCEPTED] * 5
    assert sorted(provider.arrived()) == sorted(assemble(m) for batch in batches for m in batch)


def test_a_sender_can_be_opened_again(provider: Provider) -> None:
    for number in (1, 2):
        with provider.open() as sender:
            assert outcomes(sender.send([message(number)])) == [Outcome.ACCEPTED]


def test_a_message_that_cannot_be_assembled_is_rejected_and_the_others_go(provider: Provider) -> None:
    if not provider.refuses:
        pytest.skip("assembles nothing")
    with provider.open() as sender:
        receipts = sender.send([message(1), message(2, "Good\nnight"), message(3)])
    assert outcomes(receipts) == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED]
    assert "line break" in receipts[1].detail
    if provider.arrived is not None:
        assert len(provider.arrived()) == 2


def test_receipts_hold_no_addresses(provider: Provider) -> None:
    with provider.open() as sender:
        receipts = sender.send([message(1), message(2, "Good\nnight" if provider.refuses else "x")])
    assert not any("@" in f"{receipt}" for receipt in receipts)


def test_a_one_off_arrives_like_any_other_where_there_is_another_way_for_it(provider: Provider) -> None:
    with provider.open() as sender:
        if not isinstance(sender, SendsOneOffs):
            pytest.skip("it has one way for all")
        receipts = [sender.send_one(message(1)), sender.send_one(message(2, "Good\nnight"))]
    assert [receipt.delivery_id for receipt in receipts] == [message(n).delivery_id for n in (1, 2)]
    assert outcomes(receipts) == [Outcome.ACCEPTED, Outcome.REJECTED]
    assert provider.arrived is not None
    assert provider.arrived() == [assemble(message(1))]


# when things go wrong


def test_what_is_throttled_did_not_leave_counts_as_no_attempt_and_goes_the_next_time(provider: Provider) -> None:
    batch = [message(number) for number in range(3)]
    with provider.open() as sender:
        provider.troubled(Trouble.THROTTLED)
        receipts = sender.send(batch)
        throttled = [receipt for receipt in receipts if receipt.throttled]
        assert throttled
        assert {(receipt.outcome, receipt.tried) for receipt in throttled} == {(Outcome.DEFERRED, False)}
        assert sorted(provider.delivery_ids()) == sorted(ids(receipts, Outcome.ACCEPTED))
        left = ids(receipts, Outcome.DEFERRED)
        assert set(outcomes(sender.send([m for m in batch if m.delivery_id in left]))) == {Outcome.ACCEPTED}
    assert sorted(provider.delivery_ids()) == [m.delivery_id for m in batch]


def test_a_provider_that_takes_nothing_is_an_error_in_a_sentence_and_nothing_has_left(provider: Provider) -> None:
    with provider.open() as sender:
        provider.troubled(Trouble.CLOSED)
        with pytest.raises(DeliveryError) as caught:
            sender.send([message(number) for number in range(3)])
    assert caught.value.provider == sender.name
    assert " " in str(caught.value)
    assert "@" not in f"{caught.value} {caught.value.body}"
    assert provider.delivery_ids() == []
    with provider.open() as sender:
        assert outcomes(sender.send([message(1)])) == [Outcome.ACCEPTED]


def test_what_was_taken_without_a_word_is_uncertain_and_never_sent_a_second_time(provider: Provider) -> None:
    with provider.open() as sender:
        provider.troubled(Trouble.SILENT)
        receipts = sender.send([message(number) for number in range(3)])
    arrived = provider.delivery_ids()
    assert len(arrived) == len(set(arrived))
    assert ids(receipts, Outcome.ACCEPTED) <= set(arrived) <= ids(receipts, *MAY_HAVE_LEFT)
    assert set(arrived) & ids(receipts, Outcome.UNCERTAIN)
