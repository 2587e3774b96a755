"""The check of a whole plan: every message is looked at, and findings are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from sound_message import CATALOGUE, HTML, SOUND, campaign, with_message

from campaigns.check.checking import check
from campaigns.check.finding import Checked, Severity
from campaigns.ground.errors import ConfigurationError, MessageError, TemplateError
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.plan.reading import Plan
from campaigns.ports.progress import Silent


@dataclass
class MemoryPlan:
    planned: Sequence[PlanRow]

    def rows(self) -> Iterator[PlanRow]:
        return iter(self.planned)


@dataclass
class Prepared:
    """A renderer whose messages are written beforehand."""

    messages: Mapping[str, Message | Exception]
    template_hash: str = "0"

    def render(self, row: PlanRow) -> Message:
        prepared = self.messages[row.user_id]
        if isinstance(prepared, Exception):
            raise prepared
        return prepared


def assemble(message: Message) -> bytes:
    if "\n" in message.subject:
        raise MessageError("header Subject: a line break is not allowed")
    return message.html.encode() * 2


ACCEPTED = ("unsupported",)


def checked(messages: Mapping[str, Message | Exception], accept: Sequence[str] = ACCEPTED, **more: Any) -> Checked:
    rows = [replace(SOUND.row, position=n, user_id=user_id) for n, user_id in enumerate(messages)]
    return check(
        cast("Plan", MemoryPlan(rows)),
        Prepared(messages),
        assemble,
        CATALOGUE,
        campaign(accept=accept, **more),
        total=len(rows),
        progress=Silent(),
    )


def test_every_message_is_looked_at_and_the_largest_named() -> None:
    larger = replace(SOUND.message, html=HTML + "<!-- more -->")
    found = checked({"u1": SOUND.message, "u2": larger, "u3": SOUND.message})
    assert (found.sound, found.messages, found.findings) == (True, 3, ())
    assert (found.largest_example, found.largest_bytes) == ("u2", 2 * len(larger.html))


def test_a_message_larger_than_gmail_shows_is_too_large_to_the_byte() -> None:
    room = 102 * 1024 - len(HTML.encode())
    fits, exceeds = (replace(SOUND.message, html=HTML + " " * more) for more in (room, room + 1))
    assert checked({"u1": fits}).sound
    (finding,) = checked({"u1": fits, "u2": exceeds}).findings
    assert (finding.code, finding.example, finding.detail) == (
        "too_large",
        "u2",
        "104,449 bytes, wanted at most 104,448",
    )


def test_problems_are_counted_with_the_first_person_who_has_each_the_most_frequent_first() -> None:
    bare = replace(SOUND.message, subject="")
    no_link = with_message(text=SOUND.message.text.replace("Unsubscribe: https", "Unsubscribe")).message
    found = checked({"u1": SOUND.message, "u2": no_link, "u3": bare, "u4": bare})
    assert not found.sound
    assert [(f.code, f.messages, f.example, f.detail) for f in found.findings] == [
        ("empty_subject", 2, "u3", ""),
        ("no_unsubscribe", 1, "u2", "it is not in the text"),
    ]


def test_errors_come_before_warnings_and_warnings_leave_an_edition_sound() -> None:
    long, bare = replace(SOUND.message, subject="x" * 71), replace(SOUND.message, subject="")
    warned = checked({"u1": long, "u2": long})
    assert (warned.sound, [f.code for f in warned.findings]) == (True, ["cut_subject"])
    mixed = checked({"u1": long, "u2": long, "u3": bare})
    assert (mixed.sound, [f.code for f in mixed.findings]) == (False, ["empty_subject", "cut_subject"])
    assert [f.code for f in mixed.errors] == ["empty_subject"]


def test_what_a_campaign_accepts_is_one_step_less_grave() -> None:
    bare = replace(SOUND.message, subject="")
    (finding,) = checked({"u1": bare}, accept=("unsupported", "empty_subject")).findings
    assert finding.severity is Severity.WARNING
    assert (
        checked({"u1": replace(SOUND.message, subject="x" * 71)}, accept=(*ACCEPTED, "cut_subject")).findings == ()
    )
    assert {f.code for f in checked({"u1": SOUND.message}, accept=()).findings} == {
        "unsupported.media_queries",
        "unsupported.dark_mode_query",
    }
    one = checked({"u1": SOUND.message}, accept=("unsupported.media_queries",)).findings
    assert [f.code for f in one] == ["unsupported.dark_mode_query"]


def test_a_code_that_there_is_not_cannot_be_accepted() -> None:
    with pytest.raises(ConfigurationError, match=r"`check\.accept` has 'too_big', .* wanted some of .*too_large"):
        checked({"u1": SOUND.message}, accept=("too_big",))


def test_a_problem_that_a_message_has_many_times_counts_once() -> None:
    twice = with_message(html=HTML.replace("https://app.example/1", "http://app.example/1")).message
    assert HTML.count("https://app.example/1") > 1
    assert [(f.code, f.messages) for f in checked({"u1": twice}).findings] == [("bad_link", 1)]


def test_what_cannot_be_rendered_or_assembled_is_a_problem_too_not_an_end() -> None:
    error = TemplateError(f"subject.txt, line 1: this is empty here (delivery {SOUND.row.delivery_id})")
    broken = replace(SOUND.message, subject="two\nlines")
    found = checked({"u1": error, "u2": broken, "u3": SOUND.message})
    assert found.messages == 3
    (finding,) = found.findings
    assert (finding.code, finding.messages, finding.example) == ("not_rendered", 2, "u1")
    assert "subject.txt, line 1" in finding.meaning
    assert SOUND.row.delivery_id not in finding.meaning
