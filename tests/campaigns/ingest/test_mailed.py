"""Unsubscribes by email: the token in a subject is believed, whoever sends it, and nothing else is."""

from __future__ import annotations

import mailbox
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ground.edition import Edition
from campaigns.ground.event import EventType
from campaigns.ingest import Mailed, unsubscribe_by_mail
from campaigns.links import SignedLinks, delivery_id
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.store.memory import MemoryLedger
from recsource.errors import InputError

EDITION = Edition("weekly_winddown", 2026, 47)
SENT = datetime(2026, 11, 21, 18, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LINKS = SignedLinks.of(["the key"], base_url="https://mail.example.org", mailbox="bye@example.org")


def wish(number: int, *, links: SignedLinks = LINKS, at: datetime = SENT) -> str:
    """The subject that the `mailto:` link of somebody's email asks for."""
    https = links.unsubscribe(delivery_id(EDITION, f"user-{number}"), at)
    return unquote(links.unsubscribe_mailto(https).partition("subject=")[2])


def letter(subject: str) -> bytes:
    message = EmailMessage()
    message["From"] = "whoever@example.com"
    message["To"] = "bye@example.org"
    message["Subject"] = subject
    message.set_content("From here on I want no more.\n")
    return message.as_bytes()


def as_mbox(folder: Path, letters: list[bytes]) -> Path:
    box = mailbox.mbox(folder / "box")
    for each in letters:
        box.add(each)
    box.close()
    return folder / "box"


def as_maildir(folder: Path, letters: list[bytes]) -> Path:
    box = mailbox.Maildir(folder / "box")
    for number, each in enumerate(letters):
        seen = mailbox.MaildirMessage(each)
        seen.set_subdir("cur" if number % 2 else "new")
        box.add(seen)
    return folder / "box"


def as_files(folder: Path, letters: list[bytes]) -> Path:
    for number, each in enumerate(letters):
        (folder / f"{number}.eml").write_bytes(each)
    return folder


@pytest.fixture
def ledger() -> MemoryLedger:
    """It knows four deliveries."""
    ledger = MemoryLedger()
    rows = [
        (
            Enrolment(delivery_id(EDITION, f"user-{n}"), n, f"user-{n}", f"key-{n}", SENT),
            Assignment(f"user-{n}", "picks", "treatment", n, "salt", "randomised"),
        )
        for n in range(4)
    ]
    ledger.enrol(EDITION, "a plan", rows, SENT)
    return ledger


def read(path: Path, ledger: MemoryLedger, now: datetime = NOW) -> Mailed:
    return unsubscribe_by_mail(path, links=LINKS, ledger=ledger, now=now)


@pytest.mark.parametrize("kept", [as_mbox, as_maildir, as_files])
def test_whoever_follows_the_mailto_link_is_unsubscribed_from_that_campaign(
    kept: Callable[[Path, list[bytes]], Path], ledger: MemoryLedger, tmp_path: Path
) -> None:
    strange = SignedLinks.of(["another key"], base_url="https://mail.example.org", mailbox="bye@example.org")
    letters = [
        letter(wish(0)),
        letter(f"AW: {wish(2)} (sent from my telephone)"),
        letter(f"\u00e9t\u00e9 {wish(3)}"),
        letter(wish(1, links=strange)),
        letter("Re: your invoice"),
        b"From: x@example.com\n\nno subject\n",
        b"Subject: =?no-such-charset?q?abc?=\n\n",
        b"\xff\xfe\x00",
    ]
    box = kept(tmp_path, letters)
    before = sorted((file, file.read_bytes()) for file in tmp_path.rglob("*") if file.is_file())
    for _ in range(2):
        assert read(box, ledger) == Mailed(messages=8, unsubscribed=3, other=5)
    assert set(ledger.suppressed(EDITION.campaign)) == {"key-0", "key-2", "key-3"}
    assert list(ledger.suppressed("another")) == []
    assert [(told.type, told.at) for told in ledger.events(EDITION)] == [(EventType.UNSUBSCRIBED, NOW)] * 3
    assert sorted((file, file.read_bytes()) for file in tmp_path.rglob("*") if file.is_file()) == before


def test_one_file_is_a_mailbox_too(ledger: MemoryLedger, tmp_path: Path) -> None:
    as_files(tmp_path, [letter(wish(0)), letter(wish(1))])
    assert read(tmp_path / "1.eml", ledger) == Mailed(messages=1, unsubscribed=1)
    assert list(ledger.suppressed(EDITION.campaign)) == ["key-1"]


def test_an_unknown_delivery_s_wish_is_kept_and_an_old_one_is_counted_for_somebody_to_look_at(
    ledger: MemoryLedger, tmp_path: Path
) -> None:
    box = as_files(tmp_path, [letter(wish(99)), letter(wish(0, at=SENT - timedelta(days=500)))])
    assert read(box, ledger) == Mailed(messages=2, unknown_deliveries=1, expired=1)
    assert list(ledger.suppressed(EDITION.campaign)) == []


def test_the_click_token_of_a_delivery_unsubscribes_nobody(ledger: MemoryLedger, tmp_path: Path) -> None:
    token = LINKS.click_by(delivery_id(EDITION, "user-0"), SENT)
    assert read(as_files(tmp_path, [letter(f"unsubscribe {token}")]), ledger) == Mailed(messages=1, other=1)


def test_what_is_no_mailbox_is_one_sentence(ledger: MemoryLedger, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such mailbox; wanted an mbox file"):
        read(tmp_path / "missing", ledger)
    assert read(tmp_path, ledger) == Mailed()


@given(st.binary(max_size=300))
def test_no_message_whatever_it_holds_stops_the_others(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    ledger = MemoryLedger()
    folder = tmp_path_factory.mktemp("box")
    box = as_files(folder, [b"Subject: " + content, letter(wish(0))])
    assert read(box, ledger) == Mailed(messages=2, unknown_deliveries=1, other=1)
