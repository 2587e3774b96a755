"""What a page was joined from."""

from __future__ import annotations

from pathlib import Path

import pytest
from rendering_world import LANGUAGES, VARIANTS, campaign, compiled, row, tiny


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pieces_of_a_page_joined_are_the_page(language: str, variant: str) -> None:
    renderer = compiled()
    for name in ("Anna", "J\u00fcrgen & S\u00f6hne", None):
        message = renderer.render(row("train", "calm", "cat", name=name, language=language, variant=variant))
        assert "".join(message.html_pieces) == message.html
        assert renderer.render_parts(row("train", "calm", "cat", name=name)).html_pieces


def test_each_card_of_a_loop_is_a_piece_which_others_have_too() -> None:
    renderer = compiled(languages=("en",))
    one, other = (
        renderer.render(row(*shown)).html_pieces for shown in (("train", "day", "roof"), ("cat", "roof", "day"))
    )
    cards = [piece for piece in one if "Letting the Day Go" in piece or "Rain on a Tin Roof" in piece]
    assert len(cards) == 2
    assert all(card in other for card in cards)


def test_what_is_the_same_for_everybody_and_what_is_one_reader_s_are_different_pieces(tmp_path: Path) -> None:
    renderer = tiny(campaign(tmp_path, "<mj-text>Good night, {{ reader.first_name }}!</mj-text>"))
    anna, ben = (renderer.render(row("train", name=name)).html_pieces for name in ("Anna", "Ben"))
    assert [piece for piece in anna if piece not in ben] == ["Anna"]
    assert [piece for piece in ben if piece not in anna] == ["Ben"]


def test_cards_that_a_template_keeps_in_a_variable_are_one_piece(tmp_path: Path) -> None:
    body = (
        "<mj-raw>{% set cards %}{% for pick in picks %}{% card pick %}</mj-raw>"
        "<mj-text>{{ pick.title }}</mj-text>"
        "<mj-raw>{% endcard %}{% endfor %}{% endset %}{{ cards }}</mj-raw>"
    )
    message = tiny(campaign(tmp_path, body)).render(row("train", "roof"))
    assert "".join(message.html_pieces) == message.html
    assert any("Lisbon" in piece and "Tin Roof" in piece for piece in message.html_pieces)
