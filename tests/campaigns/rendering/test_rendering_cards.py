"""A card is rendered once and reused, and nobody can tell."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from rendering_world import CATALOGUE, campaign, compiled, item, row, shipped_copy, tiny

from campaigns.ground.errors import TemplateError
from campaigns.ground.item import Catalogue

ROWS = [
    row(name="Anna"),
    row("cat", "calm", "train", name=None, variant="control"),
    row("calm", "cat", "day", name="Jürgen", language="de"),
    row("train", "train", "calm", name="Lucía", language="es"),
]
CARD = "<mj-raw>{% card picks[0] %}</mj-raw><mj-text>{{ pick.mood }}</mj-text><mj-raw>{% endcard %}</mj-raw>"


class Counting:
    """Counts how often it is printed."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return "calm"


def test_a_warm_renderer_gives_the_bytes_of_a_fresh_one() -> None:
    warm = compiled()
    first = [warm.render(one) for one in ROWS]
    assert [warm.render(one) for one in reversed(ROWS)] == first[::-1]
    assert [compiled().render(one) for one in ROWS] == first


def test_without_card_tags_the_page_is_the_same(tmp_path: Path) -> None:
    folder = shipped_copy(tmp_path)
    body = folder / "body.mjml"
    text = body.read_text("utf-8")
    assert text.count("card pick %}") == 2
    body.write_text(text.replace("{% card pick %}", "").replace("{% endcard %}", ""), "utf-8")
    cached, uncached = compiled(), compiled(folder)
    for one in ROWS:
        # A finished card writes its letters beyond ASCII by number, which says the same.
        assert html.unescape(cached.render(one).html) == html.unescape(uncached.render(one).html)


def test_an_item_is_rendered_once_however_many_see_it_wherever(tmp_path: Path) -> None:
    mood = Counting()
    catalogue = Catalogue({one: item(one, one, "music", None, 3, mood=mood) for one in ("a", "b")}, {})
    renderer = tiny(campaign(tmp_path, CARD), catalogue)
    for number in range(5):
        assert "calm" in renderer.render(row("a", "b", number=number)).html
    assert mood.times == 2, "once for the page and once for the text"
    renderer.render(row("b", "a"))
    assert mood.times == 4
    renderer.render(row("b", "b", "a"))
    assert mood.times == 4


def test_cards_in_a_loop_keep_its_order_and_its_filter(tmp_path: Path) -> None:
    card = "{% card pick %}</mj-raw><mj-text>{{ pick.title }}</mj-text><mj-raw>{% endcard %}"
    loop = f"<mj-raw>{{% for pick in picks if pick.kind == 'music' %}}{card}{{% endfor %}}</mj-raw>"
    text = tiny(campaign(tmp_path, loop)).render(row("piano", "day", "piano")).text
    assert text == "Low Tide & Slow Piano\n\nLow Tide & Slow Piano\n"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            CARD.replace("pick.mood", "reader.first_name"),
            "{{ reader.first_name }}: 'reader' cannot stand inside a card",
        ),
        (CARD.replace("pick.mood", "pick.slot"), "{{ pick.slot }}: there is no such thing"),
        (CARD.replace("{% endcard %}", ""), "{% card picks[0] %}: never closed"),
        (CARD.replace("{% card picks[0] %}", ""), "{% endcard %}: there is no {% card pick %}"),
        (CARD.replace("picks[0] ", ""), "{% card %}: names no pick"),
        (CARD.replace("picks[0]", "pikcs[0]"), "{% card pikcs[0] %}: 'pikcs' is not defined"),
        (CARD.replace("{{ pick.mood }}", "{% card pick %}"), "inside the card of line 4; close that one first"),
    ],
)
def test_a_wrong_card_is_explained(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(TemplateError) as caught:
        tiny(campaign(tmp_path, body)).render(row("train"))
    assert str(caught.value).startswith("tiny/body.mjml, line 4: ")
    assert sentence in str(caught.value)


def test_two_arms_share_the_templates_but_not_what_they_show() -> None:
    renderer = compiled()
    one = renderer.render(row("train", "day"))
    other = renderer.render(row("cat", "day", variant="control"))
    assert CATALOGUE.items["train"].title in one.text
    assert CATALOGUE.items["train"].title not in other.text
