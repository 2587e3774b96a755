"""Tracked messages: the same emails, but for their links to items and a picture of one pixel."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendering_world import CATALOGUE, EDITION, LANGUAGES, VARIANTS, campaign, compiled, item, row, tiny

from campaigns.ground.item import Catalogue
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.links import SignedLinks
from campaigns.ports.renderer import Renderer
from campaigns.rendering.tracking import Tracked, shown_at
from campaigns.rendering.views import with_utm

NOW = datetime(2026, 11, 29, tzinfo=UTC)
LINKS = SignedLinks.of(["key"], base_url="https://mail.winddown.example", mailbox="bye@winddown.example")
HREF = re.compile(r'href="([^"]*)"')
PIXEL = re.compile(r'<img src="https://mail\.winddown\.example/o/([^"]+)\.gif" width="1"[^>]*>')


class WithoutPieces:
    """A renderer that kept none."""

    def __init__(self, renderer: Renderer) -> None:
        self.template_hash = renderer.template_hash
        self._renderer = renderer

    def render(self, row: PlanRow) -> Message:
        return replace(self._renderer.render(row), html_pieces=())


def tracked(renderer: Renderer, catalogue: Catalogue = CATALOGUE) -> Tracked:
    return Tracked(renderer, LINKS, shown_at(catalogue))


def untracked(html: str) -> str:
    """The page with each click's address replaced by where it leads, and without the pixel."""
    back = HREF.sub(lambda found: f'href="{_led_to(found[1])}"', html)
    return PIXEL.sub("", back)


def _led_to(written: str) -> str:
    start = "https://mail.winddown.example/c/"
    if not written.startswith(start):
        return written
    return LINKS.read_click(written.removeprefix(start), NOW).url.replace("&", "&amp;")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_links_to_items_change_and_lead_where_they_led(language: str, variant: str) -> None:
    renderer = compiled()
    for name in ("Anna", 'J\u00fcrgen & S\u00f6hne <b href="https://app.winddown.example/items/train">', None):
        here = row("train", "calm", "cat", name=name, language=language, variant=variant)
        plain, message = renderer.render(here), tracked(renderer).render(here)
        assert untracked(message.html) == plain.html
        assert replace(message, html=plain.html) == plain


def test_every_link_to_an_item_or_a_series_names_it_and_the_delivery() -> None:
    message = tracked(compiled(languages=("en",))).render(row("train", "calm", number=9))
    clicks = [
        LINKS.read_click(unescape(href).partition("/c/")[2], NOW)
        for href in HREF.findall(message.html)
        if "/c/" in href
    ]
    assert {click.item_id for click in clicks} == {"train", None}
    assert {click.ticket.delivery_id for click in clicks} == {f"{9:032x}"}
    assert {click.ticket.planned_at for click in clicks} == {row().send_at}
    left = [href for href in HREF.findall(message.html) if "app.winddown.example" in href]
    assert not left


def test_unsubscribe_links_headers_and_text_are_left_alone() -> None:
    renderer = compiled(languages=("en",))
    plain, message = renderer.render(row()), tracked(renderer).render(row())
    assert f'href="https://winddown.example/u/{7:032x}"' in message.html
    assert (message.headers, message.text, message.subject) == (plain.headers, plain.text, plain.subject)


def test_one_pixel_ends_the_body_and_is_the_delivery_s_own() -> None:
    message = tracked(compiled(languages=("en",))).render(row())
    found = PIXEL.findall(message.html)
    assert [LINKS.read_open(token, NOW).delivery_id for token in found] == [f"{7:032x}"]
    assert re.search(rf"{PIXEL.pattern}</body></html>\s*$", message.html)
    assert ' alt=""' in message.html


def test_pieces_joined_are_the_page_and_messages_share_all_but_their_own() -> None:
    renderer = tracked(compiled(languages=("en",)))
    one, other = (renderer.render(row("train", "day", number=number)) for number in (1, 2))
    assert "".join(one.html_pieces) == one.html
    own = {piece for piece in one.html_pieces if piece not in other.html_pieces}
    assert own == {
        LINKS.click_by(f"{1:032x}", row().send_at),
        LINKS.open(f"{1:032x}", row().send_at),
        f"https://winddown.example/u/{1:032x}",
    }


def test_whoever_kept_no_pieces_gets_the_same_page() -> None:
    renderer = compiled(languages=("en",))
    for shown in (("train",), ("calm", "cat", "day")):
        assert (
            tracked(WithoutPieces(renderer)).render(row(*shown)).html == tracked(renderer).render(row(*shown)).html
        )


def test_the_same_row_gives_the_same_bytes_whoever_was_rendered_before() -> None:
    renderer = compiled(languages=("en",))
    warm = tracked(renderer)
    for number in range(5):
        warm.render(row("cat", "train", number=number))
    assert warm.render(row()).html == tracked(renderer).render(row()).html
    assert warm.template_hash == renderer.template_hash


def test_links_outside_cards_are_tracked_as_well(tmp_path: Path) -> None:
    body = (
        "<mj-raw>{% for pick in picks %}</mj-raw>"
        '<mj-text><a href="{{ pick.url }}">{{ pick.title }}</a></mj-text>'
        "<mj-raw>{% endfor %}</mj-raw>"
    )
    message = tracked(tiny(campaign(tmp_path, body))).render(row("train", "roof"))
    hrefs = HREF.findall(message.html)
    assert len(hrefs) == 2
    assert all(href.startswith("https://mail.winddown.example/c/") for href in hrefs)


def test_addresses_that_are_nobody_s_items_are_left_alone(tmp_path: Path) -> None:
    body = '<mj-text><a href="https://app.winddown.example/help?for={{ reader.user_id }}">Help</a></mj-text>'
    message = tracked(tiny(campaign(tmp_path, body))).render(row("train"))
    assert HREF.findall(message.html) == ["https://app.winddown.example/help?for=user-7"]


def test_an_item_we_would_not_redirect_to_keeps_its_own_address(tmp_path: Path) -> None:
    odd = replace(item("odd", "Odd", "music", None, 3), url="https://name@app.winddown.example/odd")
    catalogue = Catalogue({"odd": odd}, {})
    body = '<mj-text><a href="{{ picks[0].url }}">x</a></mj-text>'
    message = tracked(tiny(campaign(tmp_path, body), catalogue), catalogue).render(row("odd"))
    assert HREF.findall(message.html)[0].startswith("https://name@app.winddown.example/odd?utm_source")


@given(st.sampled_from(["recommended", "curated", "popular"]))
def test_items_are_found_by_their_address_whatever_its_utm_parameters(source: str) -> None:
    find = shown_at(CATALOGUE)
    for shown in (*CATALOGUE.items.values(), *CATALOGUE.collections.values()):
        assert find(shown.url) == find(with_utm(shown.url, EDITION, source)) == shown
    assert find("https://app.winddown.example/items/") is None


def test_memory_stays_flat_when_no_piece_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.rendering.tracking._MOST_KEPT", 50_000)
    renderer = tracked(compiled(languages=("en",)))
    pages = {
        renderer.render(row(*shown)).html for shown in (("train",), ("day",), ("cat",), ("calm",), ("train",))
    }
    assert len(pages) == 4
    assert sum(map(len, renderer._kept)) < 50_000 + 10_000
