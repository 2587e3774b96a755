"""Colleagues' emails ask about each item once, behind its card; nobody else's email is changed by a letter."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from rendering_world import CATALOGUE, LANGUAGES, VARIANTS, compiled, row

from campaigns.links import SignedLinks
from campaigns.ports.renderer import Renderer
from campaigns.rendering.asking import Asking
from campaigns.rendering.tracking import Tracked, shown_at

NOW = datetime(2026, 11, 29, tzinfo=UTC)
LINKS = SignedLinks.of(["key"], base_url="https://mail.winddown.example", mailbox="bye@winddown.example")
QUESTION = re.compile(r' <a href="https://mail\.winddown\.example/p/([^"]+)"[^>]*>[^<]*</a>')
STAFF = {"cohort": "staff"}


def _asking(renderer: Renderer) -> Asking:
    return Asking(renderer, LINKS, shown_at(CATALOGUE), "staff")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_item_is_asked_about_once_and_all_else_is_as_it_was(language: str, variant: str) -> None:
    plain = compiled()
    mine = row(language=language, variant=variant, attributes=STAFF)
    message = _asking(plain).render(mine)
    asked = [LINKS.read_odd_pick(token, NOW) for token in QUESTION.findall(message.html)]
    assert [odd.item_id for odd in asked] == [slot.item_id for slot in mine.slots]
    assert {odd.ticket.delivery_id for odd in asked} == {mine.delivery_id}
    assert QUESTION.sub("", message.html) == plain.render(mine).html
    assert message.html.isascii()


def test_a_collection_is_not_asked_about() -> None:
    message = _asking(compiled()).render(row("calm", "day", attributes=STAFF))
    assert [LINKS.read_odd_pick(token, NOW).item_id for token in QUESTION.findall(message.html)] == ["day"]


@pytest.mark.parametrize("attributes", [{}, {"cohort": None}, {"cohort": "test"}])
def test_everybody_elses_email_is_the_same_as_ever(attributes: dict[str, object]) -> None:
    anybody = row(attributes=attributes)
    assert _asking(compiled()).render(anybody) == compiled().render(anybody)


def test_a_tracked_email_asks_as_well_and_the_question_itself_is_not_tracked() -> None:
    mine = row(attributes=STAFF)
    html = Tracked(_asking(compiled()), LINKS, shown_at(CATALOGUE)).render(mine).html
    assert len(QUESTION.findall(html)) == len(mine.slots)
    assert "/c/" in html
