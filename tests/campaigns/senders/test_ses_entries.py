"""What goes to SES is within its limits, and what comes out at the other end is what was rendered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_model import asked, faults, service
from ses_mail import PASS_THROUGH, Arrived, bulk

from campaigns.ground.message import Mailbox, Message
from campaigns.ground.receipt import Outcome
from campaigns.senders.ses.calls import bulk_request, one_off
from campaigns.senders.ses.connection import SesSettings
from campaigns.senders.ses.fields import tag
from campaigns.senders.ses.outcomes import VERDICTS

MODEL = service("sesv2")
BULK = asked(MODEL, "SendBulkEmail")
SETTINGS = SesSettings("eu-west-1", "weekly", "hello@example.org")
TAGS = [tag("campaign", "weekly_winddown"), tag("edition", "2026-W47")]
ADDRESS = "anna.berg@example.com"


def message(number: int = 1, **changes: Any) -> Message:
    plain = Message(
        delivery_id=f"{number:032x}",
        sender=Mailbox("hello@example.org", "Weekly Winddown"),
        reply_to=None,
        recipient=Mailbox(ADDRESS, "Anna"),
        subject="Good night",
        html="<p>Sleep well</p>",
        text="Sleep well\n",
        headers=(
            ("Message-ID", "<1@example.org>"),
            ("Date", "Fri, 20 Nov 2026 18:00:00 +0000"),
            ("List-Unsubscribe", "<https://example.org/u/1>, <mailto:u@example.org?subject=unsubscribe%201>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
    )
    return replace(plain, **changes)


def request(*batch: Message) -> Any:
    return json.loads(bulk_request(batch, SETTINGS, TAGS).body)


def arrived(*batch: Message) -> Sequence[Arrived]:
    received = list(bulk(request(*batch), PASS_THROUGH))
    assert all(isinstance(each, Arrived) for each in received), received
    return [each for each in received if isinstance(each, Arrived)]


def refusal(refused: Message) -> str:
    made = bulk_request([refused], SETTINGS, TAGS)
    assert made.body == b""
    receipt = made.rejected[refused.delivery_id]
    assert receipt.outcome is Outcome.REJECTED
    assert ADDRESS not in receipt.detail
    return receipt.detail


# the same at the other end

braces = st.sampled_from(
    ["{{html}}", "{{{text}}}", "{{#if x}}", "{{!", "}}", "\\{{subject}}", "{{> p}}", '"', "\\"]
)
texts = st.lists(braces | st.text(st.characters(exclude_categories=["Cs"])), max_size=6).map("".join)
subjects = texts.filter(lambda text: not set(text) & set("\r\n\0"))


@given(st.lists(st.tuples(subjects, texts, texts), min_size=1, max_size=5))
def test_recipients_get_the_rendered_parts_character_for_character(parts: list[tuple[str, str, str]]) -> None:
    batch = [message(n, subject=s, html=h, text=t) for n, (s, h, t) in enumerate(parts)]
    assert [(a.subject, a.html, a.text) for a in arrived(*batch)] == parts


@given(st.lists(texts | texts.map(lambda text: text * 60), min_size=1))
def test_html_in_pieces_makes_the_same_request_as_html_in_one(pieces: list[str]) -> None:
    whole = message(html="".join(pieces))
    assert request(replace(whole, html_pieces=tuple(pieces))) == request(whole)


@given(texts, texts)
def test_a_request_is_within_the_service_model_s_shapes_lengths_patterns_and_enumerations(
    subject: str, text: str
) -> None:
    made = bulk_request([message(1, subject=subject, text=text), message(2)], SETTINGS, TAGS)
    assert faults(BULK, json.loads(made.body)) == []


def test_a_test_send_is_within_the_service_model_too() -> None:
    shape = asked(MODEL, "SendEmail")
    made = one_off(message(reply_to=Mailbox("answers@example.org")), SETTINGS, TAGS)
    assert faults(shape, json.loads(json.dumps(made))) == []


def test_the_check_against_the_service_model_finds_what_is_too_long_or_of_the_wrong_form() -> None:
    entry = {
        "Destination": {"ToAddresses": ["a@example.com"]},
        "ReplacementHeaders": [{"Name": "a b", "Value": "x" * 996}] * 16,
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": "x" * 262_145}},
    }
    found = "\n".join(faults(BULK, {"DefaultContent": {}, "BulkEmailEntries": [entry]}))
    for words in ("16 long", "996 long", "'a b' does not match", "262145 long"):
        assert words in found
    shape = MODEL.shape_for("BulkEmailEntryResult")
    assert "'LOST' is none of" in faults(shape, {"Status": "LOST"})[0]


def test_every_status_of_the_service_model_has_a_verdict() -> None:
    assert set(VERDICTS) == set(MODEL.shape_for("BulkEmailStatus").enum)  # type: ignore[attr-defined]


# what an entry holds


def test_an_entry_names_its_delivery_and_edition_in_tags() -> None:
    (one,) = arrived(message(7))
    assert one.tags == {"campaign": "weekly_winddown", "edition": "2026-W47", "delivery_id": f"{7:032x}"}


def test_headers_that_ses_sets_itself_are_left_out_and_the_others_kept() -> None:
    (one,) = arrived(message())
    assert [name for name, _ in one.headers] == ["List-Unsubscribe", "List-Unsubscribe-Post"]


def test_a_call_names_sender_answers_template_and_configuration_set_once() -> None:
    made = request(message(reply_to=Mailbox("answers@example.org", "Wind, down")))
    assert made["FromEmailAddress"] == "Weekly Winddown <hello@example.org>"
    assert made["ReplyToAddresses"] == ['"Wind, down" <answers@example.org>']
    assert made["DefaultContent"] == {"Template": {"TemplateName": "winddown", "TemplateData": "{}"}}
    assert made["ConfigurationSetName"] == "weekly"


@pytest.mark.parametrize(
    ("mailbox", "written"),
    [
        (Mailbox("a@example.com"), "a@example.com"),
        (Mailbox("a@bücher.example", "Ann"), "Ann <a@xn--bcher-kva.example>"),
        (Mailbox("a@example.com", 'Ann "B"'), '"Ann \\"B\\"" <a@example.com>'),
        (Mailbox("a@example.com", "Zoë"), "=?utf-8?q?Zo=C3=AB?= <a@example.com>"),
        (Mailbox("a@example.com", "=?x?="), "=?utf-8?b?PT94Pz0=?= <a@example.com>"),
    ],
)
def test_addresses_are_written_in_ascii(mailbox: Mailbox, written: str) -> None:
    assert arrived(message(recipient=mailbox))[0].to_address == written


# what SES could not take


HEADER = "List-Unsubscribe"

REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "two lines of subject": ({"subject": "Good\nnight"}, "line break"),
    "half a pair": ({"html": "\ud83d"}, "half a surrogate pair"),
    "half a pair in a name": ({"recipient": Mailbox(ADDRESS, "\udc00")}, "half a surrogate pair"),
    "a name of two lines": ({"recipient": Mailbox(ADDRESS, "A\r\nBcc: b@example.com")}, "line break"),
    "no address": ({"recipient": Mailbox("anna")}, "local@domain"),
    "an address that needs SMTPUTF8": ({"recipient": Mailbox("zoë@example.com")}, "only ASCII before the @"),
    "a delivery id that is no tag": ({"delivery_id": "a/b"}, "tag delivery_id"),
    "a header not in ASCII": ({"headers": ((HEADER, "é"),)}, "printable ASCII"),
    "a header of two lines": ({"headers": ((HEADER, "a\r\nBcc: b"),)}, "printable ASCII"),
    "a header without a value": ({"headers": ((HEADER, ""),)}, "printable ASCII"),
    "a header too long": ({"headers": ((HEADER, "x" * (997 - len(HEADER))),)}, "996 characters"),
    "a header's name with a space": ({"headers": (("List Id", "x"),)}, "not a name"),
    "a header's name too long": ({"headers": (("x" * 127, "x"),)}, "not a name"),
    "a header that has another place": ({"headers": (("bcc", "x"),)}, "not a name"),
    "a header that says where bounces go": ({"headers": (("Return-Path", "x"),)}, "not a name"),
    "a header twice": ({"headers": ((HEADER, "x"), (HEADER.lower(), "y"))}, "stands twice"),
    "too many headers": ({"headers": tuple((f"X-{n}", "x") for n in range(16))}, "16 headers"),
    "too much": ({"html": "x" * 262_144}, "takes 262,144"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_ses_could_not_take_is_rejected_with_a_reason_and_no_address(case: str) -> None:
    changes, words = REFUSED[case]
    assert words in refusal(message(**changes))


def test_limits_are_reached_before_they_are_passed() -> None:
    frame = len(json.dumps({"subject": "", "text": "", "html": ""}, separators=(",", ":")))
    full = message(
        subject="",
        text="",
        html="x" * (262_144 - frame),
        headers=((HEADER, "x" * (996 - len(HEADER))), *((f"X-{n}", "x") for n in range(14))),
    )
    assert faults(BULK, request(full)) == []
    assert "takes 262,144" in refusal(replace(full, html=f"{full.html}x"))


def test_quotes_count_twice_because_they_are_escaped() -> None:
    assert "takes 262,144" in refusal(message(html='"' * 131_072))


def test_another_sender_than_the_batch_s_is_rejected_and_the_others_go() -> None:
    stranger = message(2, sender=Mailbox("other@example.org"))
    made = bulk_request([message(1), stranger, message(3)], SETTINGS, TAGS)
    assert made.delivery_ids == [message(1).delivery_id, message(3).delivery_id]
    assert "is not the batch's" in made.rejected[stranger.delivery_id].detail
