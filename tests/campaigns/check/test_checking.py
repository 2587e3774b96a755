"""The check: every kind of problem is found where it was planted, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from campaigns.check.checking import check
from campaigns.check.finding import Checked, Severity
from campaigns.check.problems import PROBLEMS, Looked
from campaigns.ground.contact import Contact
from campaigns.ground.errors import MessageError, TemplateError
from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.plan_row import PlanRow, Slot
from campaigns.plan.reading import Plan
from campaigns.ports.progress import Silent
from campaigns.settings.campaign import CampaignSettings, CheckSettings, read_campaign

DUE = datetime(2026, 11, 21, 18, tzinfo=UTC)
LINK = "https://mail.winddown.example/u/1.signature"
SHIPPED = Path(__file__).parents[3] / "templates" / "weekly_winddown"


def item(item_id: str, title: str = "A Night Train", **more: Any) -> Item:
    known = Item(
        item_id=item_id,
        title=title,
        kind="sleep_story",
        narrator="Ines Duarte",
        duration_s=1_200,
        published_at=datetime(2026, 11, 18),  # noqa: DTZ001 - as the engine gives it: naive, UTC
        language="en",
        topic="trains",
        for_kids=False,
        image_url="https://images.example/1.png",
        url="https://app.example/1",
        description="Rain on the glass.",
    )
    return replace(known, **more)


HTML = (
    f'<html><style>@media (x) {{a{{color:red}}}}</style><img src="https://images.example/1.png" alt="">'
    f'<a href="https://app.example/1">Listen</a><a href="{LINK}">Unsubscribe</a>'
    '<a class="m" href="mailto:care@example.org">Write</a></html>'
)
CATALOGUE = Catalogue(
    {"i1": item("i1"), "i2": item("i2"), "fr": item("fr", language="fr"), "de": item("de", language="de")},
    {"c1": Collection("c1", "Seven Days of [[ Calm ]]", "series", "https://x", "https://y")},
)
SOUND = Looked(
    row=PlanRow(
        f"{1:032x}",
        0,
        "u1",
        Contact("anna@example.org", "Anna", "en", None, "Europe/London"),
        "treatment",
        DUE,
        (Slot(1, "recommended", "i1"), Slot(2, "recommended", None, "c1")),
        {"favourite_time": "night"},
    ),
    message=Message(
        f"{1:032x}",
        Mailbox("hello@example.org"),
        None,
        Mailbox("anna@example.org", "Anna"),
        "Anna, wind down with “A Night Train”",
        HTML,
        f"Sleep well.\nUnsubscribe: {LINK}\n",
        (("List-Unsubscribe", f"<{LINK}>, <mailto:unsubscribe@example.org?subject=1>"),),
    ),
    catalogue=CATALOGUE,
    slots=2,
    settings=CheckSettings(),
    languages=frozenset({"en", "de"}),
)


def codes(looked: Looked) -> set[str]:
    return {problem.code for problem in PROBLEMS if problem.find(looked) is not None}


def with_message(**changes: Any) -> Looked:
    return replace(SOUND, message=replace(SOUND.message, **changes))


def with_html(old: str, new: str) -> Looked:
    assert old in HTML
    return with_message(html=HTML.replace(old, new, 1))


def with_slots(*shown: str) -> Looked:
    slots = tuple(Slot(number, "recommended", item_id) for number, item_id in enumerate(shown, start=1))
    return replace(SOUND, row=replace(SOUND.row, slots=slots))


def with_items(**items: Item) -> Looked:
    return replace(with_slots(*items), catalogue=replace(CATALOGUE, items={**CATALOGUE.items, **items}))


TOMORROW = (DUE + timedelta(days=1)).replace(tzinfo=None)
PLANTED = [
    ("too_large", with_message(html=HTML + "x" * 102 * 1024)),
    ("no_unsubscribe", with_message(headers=())),
    ("no_unsubscribe", with_message(headers=(("List-Unsubscribe", "<https://else.example/u/2>"),))),
    ("no_unsubscribe", with_html(LINK, "https://mail.winddown.example/u/2.signature")),
    ("no_unsubscribe", with_message(text="Sleep well.")),
    ("bad_link", with_html("https://app.example/1", "http://app.example/1")),
    ("bad_link", with_html("https://app.example/1", "")),
    ("bad_link", with_html("https://app.example/1", "javascript:alert(1)")),
    ("bad_image", with_html("https://images.example/1.png", "http://images.example/1.png")),
    ("bad_image", with_html('src="https://images.example/1.png"', "")),
    ("no_alternative_text", with_html(' alt=""', "")),
    ("unfilled", with_html("Listen", "{{ listen }}")),
    ("unfilled", with_html("Listen", "{% if listen %}")),
    ("unfilled", with_html("Listen", "[[ t.listen ]]")),
    ("unfilled", with_message(subject="{{ reader.first_name }}, wind down")),
    ("empty_subject", with_message(subject=" ")),
    ("long_subject", with_message(subject="a" * 251)),
    ("empty_text", with_message(text="")),
    ("empty_slots", with_slots("i1")),
    ("repeated_pick", with_slots("i1", "i1")),
    ("not_out_yet", with_items(i1=item("i1"), soon=item("soon", published_at=TOMORROW))),
    ("other_language", with_slots("i1", "de")),
]


@pytest.mark.parametrize(("code", "looked"), PLANTED)
def test_a_planted_fault_is_found(code: str, looked: Looked) -> None:
    also = {"no_unsubscribe"} if code == "empty_text" else set()
    assert codes(looked) == {code} | also


def test_every_kind_of_problem_is_planted() -> None:
    assert {code for code, _ in PLANTED} == {problem.code for problem in PROBLEMS}


def test_a_sound_message_has_no_problem() -> None:
    assert codes(SOUND) == set()


@pytest.mark.parametrize(
    "looked",
    [
        pytest.param(
            replace(
                with_items(i1=item("i1", "{{ Curly }} Clouds"), i2=item("i2", "{% A &  B %}")),
                message=replace(
                    SOUND.message,
                    subject="Anna, wind down with “{{ Curly }} Clouds”",
                    html=HTML.replace("Listen", "{{ Curly }} Clouds, and {% A &amp; B %}"),
                ),
            ),
            id="a title with braces, escaped and on one line",
        ),
        pytest.param(with_html("Listen", "Seven Days of [[ Calm ]]"), id="a collection's title with brackets"),
        pytest.param(with_message(subject="Nonetheless, None of this is undefined"), id="a word like a mistake's"),
        pytest.param(with_message(subject="a" * 250), id="a title as long as titles are"),
        pytest.param(with_slots("i1", "fr"), id="a language that the campaign does not have, by its fallback"),
        pytest.param(
            with_items(i1=item("i1"), now=item("now", published_at=DUE.replace(tzinfo=None))),
            id="an item published at that very moment",
        ),
    ],
)
def test_what_only_looks_like_a_problem_is_none(looked: Looked) -> None:
    assert codes(looked) == set()


def test_braces_in_one_persons_title_do_not_excuse_another_tag() -> None:
    looked = with_items(i1=item("i1", "{{ Curly }} Clouds"), i2=item("i2"))
    html = HTML.replace("Listen", "{{ Curly }} Clouds {{ listen }}")
    assert codes(replace(looked, message=replace(SOUND.message, html=html))) == {"unfilled"}


# all of a plan


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


def checked(messages: Mapping[str, Message | Exception]) -> Checked:
    rows = [replace(SOUND.row, position=n, user_id=user_id) for n, user_id in enumerate(messages)]
    campaign: CampaignSettings = read_campaign(SHIPPED).model_copy(update={"check": CheckSettings()})
    take = {"rules": [*campaign.rules[:-1], campaign.rules[-1].model_copy(update={"slots": 2})]}
    return check(
        cast("Plan", MemoryPlan(rows)),
        Prepared(messages),
        assemble,
        CATALOGUE,
        campaign.model_copy(update=take),
        total=len(rows),
        progress=Silent(),
    )


def test_every_message_is_looked_at_and_the_largest_named() -> None:
    larger = replace(SOUND.message, html=HTML + "<!-- more -->")
    found = checked({"u1": SOUND.message, "u2": larger, "u3": SOUND.message})
    assert (found.sound, found.messages, found.findings) == (True, 3, ())
    assert (found.largest_example, found.largest_bytes) == ("u2", 2 * len(larger.html))


def test_problems_are_counted_with_the_first_person_who_has_each_the_most_frequent_first() -> None:
    bare = replace(SOUND.message, subject="")
    found = checked({"u1": SOUND.message, "u2": with_message(text="Sleep.").message, "u3": bare, "u4": bare})
    assert not found.sound
    assert [(f.code, f.messages, f.example) for f in found.findings] == [
        ("empty_subject", 2, "u3"),
        ("no_unsubscribe", 1, "u2"),
    ]
    assert {(f.severity, f.detail) for f in found.findings} == {
        (Severity.ERROR, ""),
        (Severity.ERROR, "not in the text"),
    }


def test_what_cannot_be_rendered_or_assembled_is_a_problem_too_not_an_end() -> None:
    error = TemplateError(f"subject.txt, line 1: this is empty here (delivery {SOUND.row.delivery_id})")
    broken = replace(SOUND.message, subject="two\nlines")
    found = checked({"u1": error, "u2": broken, "u3": SOUND.message})
    assert found.messages == 3
    (finding,) = found.findings
    assert (finding.code, finding.messages, finding.example) == ("not_rendered", 2, "u1")
    assert "subject.txt, line 1" in finding.meaning
    assert SOUND.row.delivery_id not in finding.meaning
