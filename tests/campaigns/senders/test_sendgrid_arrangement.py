"""A batch as requests to SendGrid: whatever it holds, each recipient gets what was rendered, byte for byte."""

from __future__ import annotations

import doctest
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rendering_world import CATALOGUE, LANGUAGES, VARIANTS, compiled, row
from sendgrid_rules import RESERVED, as_given, complaints, expand

from campaigns.ground.message import Mailbox, Message
from campaigns.senders.sendgrid import alignment
from campaigns.senders.sendgrid.alignment import align_markup, align_words
from campaigns.senders.sendgrid.arrangement import Arrangement, Request, arrange
from campaigns.senders.sendgrid.settings import SendGridSettings

SWITCHES = SendGridSettings("SG.key", "hello@example.org").switches
CUSTOM_ARGS = {"edition": "weekly_winddown/2026-W47"}
SENDERS = (Mailbox("hello@example.org", "Winddown"), Mailbox("hi@example.org", ""))


def message(number: int, *pieces: str, **changes: object) -> Message:
    """A message that was joined from pieces; from none if there are none."""
    plain = Message(
        delivery_id=f"{number:032x}",
        sender=SENDERS[0],
        reply_to=None,
        recipient=Mailbox(f"person{number}@example.com", f"Person {number}"),
        subject=f"Good night, {number}",
        html="".join(pieces) if pieces else "<p>Sleep well</p>",
        text=f"Sleep well, {number}\n",
        headers=(("List-Id", "<weekly.example.org>"), ("List-Unsubscribe", f"<https://example.org/u/{number}>")),
        html_pieces=pieces,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def arranged(batch: Sequence[Message]) -> Arrangement:
    """The arrangement, found right in all that matters."""
    found = arrange(batch, SWITCHES, CUSTOM_ARGS)
    sent = [one for request in found.requests for one in request.messages]
    assert sorted([one.delivery_id for one in sent] + [*found.refused]) == sorted(one.delivery_id for one in batch)
    for request in found.requests:
        assert_right(request)
    return found


def assert_right(request: Request, *, every: int = 1) -> None:
    """SendGrid would take it; whatever way it fills in, `every` so many recipients get what was rendered."""
    payload = json.loads(request.body)
    assert complaints(payload, len(request.body)) == []
    assert "sections" not in payload
    some = payload | {"personalizations": payload["personalizations"][::every]}
    for order, times in ((as_given, 1), (reversed, 1), (sorted, 2)):
        for one, got in zip(request.messages[::every], expand(some, order, times=times), strict=True):
            assert (got.to, got.subject) == (one.recipient.address, one.subject)
            assert (got.html or "", got.text or "") == (one.html, one.text)
            assert got.headers == dict(one.headers)
            assert got.custom_args == {"delivery_id": one.delivery_id, **CUSTOM_ARGS}


# What may be in a batch: anything that looks like a tag, markup or JSON, and sizes around the limits.

LOOKALIKES = [
    "^",
    "^0",
    "^00",
    "0",
    "1",
    "00^",
    "~|`$",
    "*!_@",
    "%name%",
    "-a-",
    "{{x}}",
    "<",
    ">",
    '"',
    "\\",
    "&#94;",
]
OTHERS = [
    "",
    "\u00fc",
    "\U0001f319",
    "\u2028",
    "\\u005e",
    "\n\n",
    " ",
    "Anna",
    "https://x.example/?a=1&b=",
    "x" * 400,
]
FRAGMENTS = st.sampled_from([*LOOKALIKES, *OTHERS, "y" * 6_000])
WORDS = st.lists(FRAGMENTS, max_size=4).map("".join)
MARKUP = st.builds(
    '<{tag} href="{link}">{words}</{tag}>'.format, tag=st.sampled_from(["a", "td"]), link=WORDS, words=WORDS
)
LONG = 'a" style="color:blue"'
PIECES = st.lists(st.one_of(WORDS, MARKUP), min_size=1, max_size=3)
LINE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)


@st.composite
def batches(draw: st.DrawFn) -> list[Message]:
    """Messages made from a few templates, each a row of places with some choices for each place."""
    templates = draw(st.lists(st.lists(PIECES, max_size=5), min_size=1, max_size=2))
    batch = []
    for number in range(draw(st.integers(1, 9))):
        pieces = [draw(st.sampled_from(choices)) for choices in draw(st.sampled_from(templates))]
        batch.append(
            message(
                number,
                *pieces,
                text=draw(WORDS),
                subject=draw(LINE),
                sender=draw(st.sampled_from(SENDERS)),
                recipient=Mailbox(f"person{draw(st.integers(0, 6))}@example.com", draw(LINE)),
            )
        )
    return batch


@given(batches())
def test_whatever_a_batch_holds_everybody_gets_what_was_rendered(batch: list[Message]) -> None:
    refused = arranged(batch).refused
    assert all(not one.html and not one.text for one in batch if one.delivery_id in refused)


@given(st.lists(st.one_of(MARKUP, st.text('<!a"', max_size=8)), min_size=1, max_size=6))
@example(["<<!<<<", "<<#<<<", "<<<"])  # the last has what the others begin and end with, but not both
@example([f"<!<{LONG}!<{LONG}", f"<!!<{LONG}!!<{LONG}", f"<{LONG}"])  # nor does this have it twice
def test_a_string_is_its_gaps_with_the_constants_in_between(strings: list[str]) -> None:
    for aligned in (align_markup(frozenset(strings)), align_words(set(strings))):
        first, *others = aligned.constants
        for string in strings:
            gaps = aligned.gaps[string]
            assert first + "".join(gap + constant for gap, constant in zip(gaps, others, strict=True)) == string


def test_the_example_in_the_alignment_s_docstring_runs() -> None:
    assert doctest.testmod(alignment) == (0, 4)


@given(batches())
def test_an_arrangement_is_a_function_of_the_batch(batch: list[Message]) -> None:
    assert arrange(batch, SWITCHES, CUSTOM_ARGS) == arrange(batch, SWITCHES, CUSTOM_ARGS)


# The shipped campaign


def test_a_thousand_messages_of_the_shipped_campaign_are_one_request_in_every_mixture() -> None:
    renderer = compiled()
    shown = [*CATALOGUE.items, "calm"]
    batch = [
        replace(
            renderer.render(
                row(
                    *(shown[(number + place * (1 + number % 3)) % len(shown)] for place in range(6)),
                    name=("Anna", "J\u00fcrgen", None, "Zo\u00eb ^00 ~|`", "O'Brien & <Sons>")[number % 5],
                    language=LANGUAGES[number % 3],
                    variant=VARIANTS[number % 2],
                    number=number,
                )
            ),
            recipient=Mailbox(f"reader-{number}@mail.example", "Anna"),
        )
        for number in range(1_000)
    ]
    headless = [replace(one, headers=one.headers[2:]) for one in batch]  # without Message-ID and Date
    (request,) = arrange(headless, SWITCHES, CUSTOM_ARGS).requests
    assert len(request.messages) == 1_000
    assert len(request.body) < sum(len(one.html) for one in batch) / 3
    assert_right(request, every=9)


# What has to be parted


def requests(batch: Sequence[Message]) -> list[int]:
    """How many messages each request has."""
    return [len(request.messages) for request in arranged(batch).requests]


def test_messages_without_pieces_go_one_by_one() -> None:
    assert requests([message(n) for n in range(3)]) == [1, 1, 1]


def test_an_address_that_comes_twice_comes_in_two_requests() -> None:
    twice = Mailbox("Person1@Example.com", "")
    assert requests([message(0, "<p>"), message(1, "<p>"), message(2, "<p>", recipient=twice)]) == [2, 1]


def test_messages_from_different_senders_go_apart() -> None:
    assert requests([message(0, "<p>"), message(1, "<p>", sender=SENDERS[1]), message(2, "<p>")]) == [2, 1]
    assert requests([message(0, "<p>"), message(1, "<p>", reply_to=SENDERS[1])]) == [1, 1]


@pytest.mark.parametrize(("bytes_of_text", "expected"), [(4_990, [6]), (5_010, [5, 1])])
def test_one_whose_values_are_too_long_goes_by_itself(bytes_of_text: int, expected: list[int]) -> None:
    words = [f"{n}" for n in range(5)] + ["\u00fc" * bytes_of_text]
    assert requests([message(n, "<p>", name, text="all the same") for n, name in enumerate(words)]) == expected


def test_those_whose_values_are_all_too_long_go_one_by_one() -> None:
    assert requests([message(n, "<p>", f"{n}" * 11_000) for n in range(4)]) == [1] * 4


def test_what_holds_every_sign_that_a_tag_could_begin_with_goes_by_itself() -> None:
    assert requests([message(0, "<p>", "^~|`$*!_@"), message(1, "<p>", "Anna")]) == [1, 1]


def test_more_than_a_thousand_are_parted() -> None:
    assert sorted(requests([message(n, "<p>", "Anna") for n in range(1_001)])) == [500, 501]


def test_what_would_be_more_than_30_mb_together_is_parted() -> None:
    batch = [
        message(n, "<p>", "Anna", text="Hello", headers=(("X-Long", f"{n % 7}" * 3_500_000),)) for n in range(9)
    ]
    found = arrange(batch, SWITCHES, CUSTOM_ARGS).requests
    assert [len(request.messages) for request in found] == [4, 5]
    assert all(len(request.body) <= 30_000_000 for request in found)


def test_pages_of_different_build_go_apart() -> None:
    assert requests([message(0, "<p>", "Anna"), message(1, "<p>", "Anna", "</p>")]) == [1, 1]


def test_a_greeting_with_a_name_and_one_without_go_together() -> None:
    assert requests(
        [message(0, "<p>", "Good evening, ", "Anna", "</p>"), message(1, "<p>", "Good evening", "</p>")]
    ) == [2]


# What SendGrid could not take


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"subject": ""}, "without a subject"),
        ({"subject": "Good\nnight"}, "line break"),
        ({"html": "", "text": ""}, "without content"),
        ({"html": "x" * 4_000_000}, "30 MB"),
        ({"headers": (("X-Long", "x" * 4_000_000),)}, "30 MB"),
        ({"text": "half a \ud83c moon"}, "surrogate"),
        ({"recipient": Mailbox("anna@", "")}, "local@domain"),
        ({"recipient": Mailbox("j\u00fcrgen@example.com", "")}, "beyond ASCII"),
        ({"recipient": Mailbox("anna@example.com", "An\nna")}, "line break"),
        ({"sender": Mailbox("h\u00ebllo@example.com", "")}, "beyond ASCII"),
        ({"headers": (("X-\u00fc", "1"),)}, "printable ASCII"),
        ({"headers": (("X-One", "\u00fc"),)}, "must be ASCII"),
        ({"headers": (("X-One", "1\r\nX-Two: 2"),)}, "line break"),
        ({"headers": (("X-One", "1"), ("x-one", "2"))}, "twice"),
        *(({"headers": ((name.title(), "x"),)}, "takes no other") for name in sorted(RESERVED)),
    ],
)
def test_what_sendgrid_could_not_take_is_refused_and_the_others_go(
    changes: dict[str, object], reason: str
) -> None:
    found = arranged([message(1), message(2, **changes), message(3)])
    assert reason in found.refused[message(2).delivery_id]
    assert [len(request.messages) for request in found.requests] == [1, 1]
    assert "@" not in found.refused[message(2).delivery_id].replace("local@domain", "").replace("before the @", "")


def test_sendgrid_names_and_dates_what_it_sends_itself() -> None:
    ours = (
        ("Message-ID", "<1@example.org>"),
        ("Date", "Sat, 28 Nov 2026 18:00:00 +0000"),
        ("List-Id", "<weekly>"),
    )
    (request,) = arrange([message(1, headers=ours)], SWITCHES, CUSTOM_ARGS).requests
    assert json.loads(request.body)["personalizations"][0]["headers"] == {"List-Id": "<weekly>"}


def test_a_name_that_sendgrid_forbids_is_left_out_and_the_address_stays() -> None:
    comma = message(1, recipient=Mailbox("anna@b\u00fccher.example", "Berg, Anna"))
    (request,) = arrange([comma], SWITCHES, CUSTOM_ARGS).requests
    assert json.loads(request.body)["personalizations"][0]["to"] == [{"email": "anna@xn--bcher-kva.example"}]


def test_custom_arguments_hold_nothing_about_the_person() -> None:
    (request,) = arranged([message(7, "<p>", "Anna")]).requests
    assert json.loads(request.body)["personalizations"][0]["custom_args"] == {
        "delivery_id": f"{7:032x}",
        "edition": "weekly_winddown/2026-W47",
    }


def test_every_setting_is_said_and_what_alters_messages_is_off() -> None:
    (request,) = arranged([message(1)]).requests
    payload = json.loads(request.body)
    assert {name: switch["enable"] for name, switch in payload["tracking_settings"].items()} == {
        "click_tracking": False,
        "open_tracking": False,
        "subscription_tracking": False,
        "ganalytics": False,
    }
    assert payload["mail_settings"] == {"footer": {"enable": False}, "sandbox_mode": {"enable": False}}
