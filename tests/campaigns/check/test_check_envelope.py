"""Subject, sender and headers: each problem is found where it was planted, and nowhere else."""

from __future__ import annotations

import pytest
from sound_message import LINK, SOUND, Case, with_header, with_html, with_message

from campaigns.ground.message import Mailbox


@pytest.mark.parametrize(
    ("code", "case", "detail"),
    [
        ("empty_subject", with_message(subject=" "), ""),
        ("long_subject", with_message(subject="ab " * 84), "252 characters"),
        (
            "cut_subject",
            with_message(subject="A night train " * 6),
            "a phone shows “A night train A night train A night trai…”",
        ),
        ("no_unsubscribe", with_header("List-Unsubscribe", None), "no List-Unsubscribe header"),
        ("no_unsubscribe", with_header("List-Unsubscribe-Post", None), "one click"),
        ("no_unsubscribe", with_header("List-Unsubscribe", "<https://else.example/u/2>"), "HTML"),
        ("no_unsubscribe", with_html(LINK, "https://mail.winddown.example/u/2.signature"), "HTML"),
        ("no_unsubscribe", with_message(text=SOUND.message.text.replace(LINK, "")), "text"),
        ("spam_trigger", with_message(subject="Free trains!!!"), "“!!!”"),
        ("spam_trigger", with_message(subject="A NIGHT TRAIN"), "all capitals"),
        ("spam_trigger", with_message(subject="Re: your night train"), "a reply"),
        (
            "spam_trigger",
            with_message(sender=Mailbox("hello@example.org", "you@bank.example")),
            "you@bank.example",
        ),
        ("spam_trigger", with_message(sender=Mailbox("no-reply@example.org", "Winddown")), "reply_to"),
        ("spam_trigger", with_header("X-Priority", "1"), "X-Priority"),
        ("spam_trigger", with_header("Date", None), "Date is missing"),
    ],
)
def test_a_planted_problem_is_found(code: str, case: Case, detail: str) -> None:
    assert case.codes() == {code}
    assert detail in case.findings()[code].detail


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(with_message(subject="x" * 70), id="a subject as long as an inbox shows"),
        pytest.param(with_message(subject="ADHD"), id="a short word in capitals"),
        pytest.param(with_message(subject="Rest: a night train"), id="a word that begins as a reply does"),
        pytest.param(with_message(subject="Really? Really!"), id="one mark at a time"),
        pytest.param(
            with_message(sender=Mailbox("no-reply@example.org", "W"), reply_to=Mailbox("care@example.org")),
            id="somebody else answers",
        ),
        pytest.param(
            with_message(sender=Mailbox("a@b.example", "a@b.example")), id="a sender named by its address"
        ),
    ],
)
def test_what_only_looks_like_a_problem_is_none(case: Case) -> None:
    assert case.codes() == set()


def test_a_subject_as_long_as_titles_are_is_a_warning_at_most() -> None:
    assert with_message(subject="x" * 250).findings()["cut_subject"].severity == "warning"
