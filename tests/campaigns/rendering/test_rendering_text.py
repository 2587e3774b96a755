"""The text alternative reads like a letter, although nobody wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rendering_world import campaign, compiled, row, tiny

LINK = '<a href="{{ pick.url }}">'


def test_the_shipped_text_says_everything_once_and_in_order() -> None:
    parts = compiled(languages=("en",)).render_parts(row("train", "roof", "calm", "cat"))
    blocks = [block.split("\n") for block in parts.text.strip().split("\n\n")]
    campaign_links = (
        "utm_source=winddown&utm_medium=email&utm_campaign=weekly_winddown&utm_content=2026-W48-recommended"
    )
    assert blocks[1] == ["Good evening, Anna"]
    assert blocks[2][0].startswith("The week has asked enough of you.")
    assert blocks[3][:3] == ["To begin with", "The Night Train to Lisbon", "Sleep story · Ines Duarte · 38 min"]
    assert blocks[3][-1] == f"Listen now: https://app.winddown.example/items/train?{campaign_links}"
    assert blocks[4] == ["For the other evenings"]
    assert blocks[5][:2] == ["Rain on a Tin Roof", "Soundscape · 8 hours"]
    assert blocks[6] == [
        "7 Days of Calm",
        "Series · Meditation",
        f"See the series: https://app.winddown.example/series/calm?from=email&{campaign_links}#top",
    ]
    assert blocks[7][1] == "Sleep story · Edwin Clarke · 21 min · For kids"
    assert f"Unsubscribe with one click: https://winddown.example/u/{7:032x}" in parts.text
    assert parts.text.count("items/train") == 1
    assert parts.preheader not in parts.text
    assert "\n\n\n" not in parts.text


def test_a_kind_without_a_word_is_spelt_by_its_own_name() -> None:
    assert "\nGong bath · 30 Min.\n" in compiled(languages=("de",)).render(row("bath", language="de")).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<mj-text>One<br/>two</mj-text><mj-text>three</mj-text>", "One\ntwo\nthree\n"),
        ("<mj-text><p>One</p><p>two</p></mj-text>", "One\n\ntwo\n"),
        ("<mj-text><h1>One</h1>two<h2>three</h2>four</mj-text>", "One\n\ntwo\nthree\nfour\n"),
        ('<mj-text css-class="html-only">*</mj-text><mj-text>x</mj-text>', "x\n"),
        ("<mj-text>Hello{% if variant %}, you{% endif %}</mj-text>\n<mj-text>Bye</mj-text>", "Hello, you\nBye\n"),
        ('<mj-text>Do <a href="https://a.example">read</a> it</mj-text>', "Do read (https://a.example) it\n"),
        ('<mj-image src="x.png" alt="no noise" href="https://a.example"/><mj-text>x</mj-text>', "x\n"),
        ("<mj-table><tr><td>a</td><td>b</td></tr></mj-table>", "a  b\n"),
        ("<mj-table>{% for x in picks[:2] %}<tr><td>{{ x.slot }}.</td></tr>{% endfor %}</mj-table>", "1.\n2.\n"),
    ],
)  # fmt: skip
def test_html_becomes_text(tmp_path: Path, body: str, text: str) -> None:
    assert tiny(campaign(tmp_path, body)).render(row()).text == text


@pytest.mark.parametrize(
    ("inner", "times"),
    [
        (f"{LINK}a</a> {LINK}b</a>", 1),
        (f"{LINK}a</a>{{% if pick.narrator %}} by him {{% endif %}}{LINK}b</a>", 1),
        (f"{LINK}a</a>{{% if pick.narrator %}}{LINK}b</a>{{% endif %}}", 2),
        (f"{{% if pick.narrator %}}{LINK}a</a>{{% else %}}{LINK}b</a>{{% endif %}}", 1),
        (f'{LINK}a</a> <a href="https://other.example">b</a>', 1),
    ],
)
def test_nobody_is_left_without_a_link(tmp_path: Path, inner: str, times: int) -> None:
    """One address is enough for links in a row, but only if everybody gets to see the last of them."""
    body = f"<mj-text>{{% for pick in picks %}}{inner}{{% endfor %}}</mj-text>"
    renderer = tiny(campaign(tmp_path, body))
    assert renderer.render(row("day")).text.count("items/day") == times
    assert renderer.render(row("roof")).text.count("items/roof") == 1


def test_a_text_of_its_own_is_taken_as_it_is_written(tmp_path: Path) -> None:
    own = (
        "Dear {{ reader.first_name }},\n\n{% for pick in picks %}\n- {{ pick.title }}\n{% endfor %}\n\n\n\nYours\n"
    )
    folder = campaign(tmp_path, "<mj-text>x</mj-text>", body__txt=own)
    assert (
        tiny(folder).render(row("day", "roof")).text
        == "Dear Anna,\n\n- Letting the Day Go\n- Rain on a Tin Roof\n\nYours\n"
    )
