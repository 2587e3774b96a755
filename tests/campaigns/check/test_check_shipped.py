"""The shipped campaign scores no error, tracked or not; its pieces are judged as its whole page is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rendering_world import CATALOGUE, LANGUAGES, SHIPPED, VARIANTS, compiled, row

from campaigns.check.finding import Finding, Severity
from campaigns.check.inspector import Inspector
from campaigns.ground.item import Catalogue
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.links import SignedLinks
from campaigns.ports.renderer import Renderer
from campaigns.rendering.tracking import Tracked, shown_at
from campaigns.settings.campaign import read_campaign

LINKS = SignedLinks.of(["key"], base_url="https://mail.winddown.example", mailbox="bye@winddown.example")


def in_language(language: str) -> Catalogue:
    items = {key: replace(item, language=language) for key, item in CATALOGUE.items.items()}
    return replace(CATALOGUE, items=items)


def look(renderer: Renderer, planned: PlanRow, *, whole: bool = False) -> dict[str, Finding]:
    inspector = Inspector(in_language(planned.contact.language), read_campaign(SHIPPED))
    message: Message = renderer.render(planned)
    message = replace(message, html_pieces=()) if whole else message
    return {finding.code: finding for finding in inspector.look(planned, message)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_shipped_campaign_has_no_error(language: str, variant: str) -> None:
    renderer = compiled(SHIPPED)
    for one in (renderer, Tracked(renderer, LINKS, shown_at(CATALOGUE))):
        findings = look(one, row(language=language, variant=variant))
        assert [finding for finding in findings.values() if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_in_pieces_is_judged_as_its_whole_page_is(language: str) -> None:
    renderer, planned = compiled(SHIPPED), row(language=language)
    assert look(renderer, planned) == look(renderer, planned, whole=True)
