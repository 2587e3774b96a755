"""The shipped emails' HTML: valid, and as mail clients and screen readers need it."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from itertools import product
from pathlib import Path

import pytest
from markup import Markup, as_outlook_reads
from rendering_world import CAMPAIGNS, CATALOGUE, LANGUAGES, TEMPLATES, compiled, row, shipped_copy

from campaigns.ground.message import Message
from campaigns.rendering.campaign import CampaignRenderer
from campaigns.rendering.sources import TemplateFiles
from campaigns.rendering.strings import load_strings
from campaigns.settings.campaign import read_campaign

EMAILS = [pytest.param(*one, id="-".join(one)) for one in product(CAMPAIGNS, LANGUAGES)]
SHOWN = ("train", "day", "calm", "roof", "cat", "piano")


@cache
def renderer(campaign: str) -> CampaignRenderer:
    return compiled(TEMPLATES / campaign)


@cache
def message(campaign: str, language: str, name: str | None = "Anna & <Jo>", slots: int = 0) -> Message:
    shown = SHOWN[: slots or read_campaign(TEMPLATES / campaign).slots]
    return renderer(campaign).render(row(*shown, language=language, name=name))


@pytest.mark.parametrize("slots", range(1, len(SHOWN) + 1))
@pytest.mark.parametrize(("campaign", "language"), EMAILS)
def test_every_element_is_closed_in_turn(campaign: str, language: str, slots: int) -> None:
    html = message(campaign, language, slots=slots).html
    assert Markup(html).faults == []
    assert Markup(as_outlook_reads(html)).faults == []


@pytest.mark.parametrize(("campaign", "language"), EMAILS)
def test_it_says_its_language_its_title_and_its_colours_once(campaign: str, language: str) -> None:
    sent = message(campaign, language)
    page = Markup(sent.html)
    assert [html["lang"] for html in page.having("html")] == [language]
    assert {attributes["lang"] for _, attributes in page.elements if "lang" in attributes} == {language}
    assert len(page.having("title")) == len(page.having("h1")) + (campaign == "plain_letter") == 1
    names = [meta["name"] for meta in page.having("meta") if "name" in meta]
    assert sorted(names) == ["color-scheme", "format-detection", "supported-color-schemes", "viewport"]
    for colours in ("prefers-color-scheme: dark", "[data-ogsc]", "[data-ogsb]", "color-scheme: light dark"):
        assert colours in sent.html


@pytest.mark.parametrize(("campaign", "language"), EMAILS)
def test_tables_are_for_layout_and_pictures_say_what_they_show(campaign: str, language: str) -> None:
    page = Markup(as_outlook_reads(message(campaign, language).html))
    assert {table.get("role") for table in page.having("table")} <= {"presentation"}
    titles = {shown.title for shown in (*CATALOGUE.items.values(), *CATALOGUE.collections.values())}
    for image in page.having("img"):
        assert image["alt"] in titles
        assert int(image["width"] or 0) <= 576, "Outlook goes by this, in pixels"
        assert "color:" in (image["style"] or ""), "alternative text has a colour of its own"


@pytest.mark.parametrize(("campaign", "language"), EMAILS)
def test_the_preheader_comes_first_and_is_hidden_from_all(campaign: str, language: str) -> None:
    parts = renderer(campaign).render_parts(row(*SHOWN[:3], language=language))
    hidden = re.search(r'<div aria-hidden="true" style="([^"]*)">([^<]*)</div>', parts.html)
    assert hidden
    assert {"display:none", "mso-hide:all", "max-height:0", "overflow:hidden"} <= set(hidden[1].split(";"))
    assert unescape(hidden[2]).startswith(parts.preheader)
    assert hidden[2].count("&#847;") == 60, "or an inbox would go on with the words that follow"
    before = parts.html[parts.html.index("<body") : hidden.start()]
    assert not re.sub(r"<[^>]*>", "", before).strip()
    assert parts.preheader not in parts.text
    assert "display:none" not in parts.html.replace(hidden[0], "")


@pytest.mark.parametrize(("campaign", "language"), EMAILS)
def test_buttons_are_cells_that_outlook_paints_too(campaign: str, language: str) -> None:
    page = Markup(as_outlook_reads(message(campaign, language).html))
    buttons = [cell for cell in page.having("td") if cell.get("bgcolor") == "#4f54cf"]
    assert len(buttons) == (0 if campaign == "plain_letter" else 1)
    assert all("border-radius:28px" in (button["style"] or "") for button in buttons)


@pytest.mark.parametrize(("campaign", "language"), EMAILS)
def test_the_text_says_what_the_page_says(campaign: str, language: str) -> None:
    sent = message(campaign, language)
    shown = SHOWN[: read_campaign(TEMPLATES / campaign).slots]
    for one in shown:
        what = CATALOGUE.items.get(one) or CATALOGUE.collections[one]
        assert sent.text.count(f"\n{what.title}\n") == 1
        assert sent.text.count(what.url.partition("?")[0]) == 1
    assert "Anna & <Jo>" in sent.subject + sent.text
    assert f"https://winddown.example/u/{7:032x}" in sent.text
    assert not re.search(r"&\w+;|<\w|  \S|\n\n\n", sent.text.replace("<Jo>", ""))


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_nobody_sees_another_language(campaign: str) -> None:
    """Each language has the same words to say, and none is said as in another."""
    keys = [set(_words(campaign, language)) for language in LANGUAGES]
    assert keys[0] == keys[1] == keys[2]
    same = {"dir", "minutes", "kinds.meditation", "kinds.masterclass"}
    for key in keys[0] - same:
        assert len({_words(campaign, language)[key] for language in LANGUAGES}) == 3, key


def test_the_control_arm_may_have_the_other_layout(tmp_path: Path) -> None:
    folder = shipped_copy(tmp_path)
    body = '<mj-include path="../curated_whats_new/body.mjml"/>\n'
    (folder / "body.control.mjml").write_text(body, "utf-8")
    both = compiled(folder)
    for language in LANGUAGES:
        control = both.render(row(*SHOWN, language=language, variant="control"))
        treatment = both.render(row(*SHOWN, language=language))
        assert 'class="headline"' in control.html
        assert 'class="headline"' not in treatment.html
        assert control.subject == treatment.subject


def test_what_is_not_valid_is_found() -> None:
    assert Markup("<div><p>a</div>").faults == [
        "</div> closes ['p']",
        "<div> is never closed",
        "<p> is never closed",
    ]
    assert Markup('<p id="a" id="b">a<br>b</p>').faults == ["<p> has id twice"]
    assert Markup("<p></p></td>").faults == ["</td> closes nothing"]
    outlook = "<!--[if mso | IE]><td><![endif]--><p></p><!--[if !mso]><!--><b></i><!--<![endif]-->"
    assert Markup(as_outlook_reads(outlook)).faults == ["<td> is never closed"]


def _words(campaign: str, language: str) -> dict[str, str]:
    table = load_strings(TemplateFiles(TEMPLATES / campaign), language).table
    flat: dict[str, str] = {}
    for key, value in table.items():
        inner = value if isinstance(value, dict) else {"": value}
        flat |= {f"{key}.{name}".rstrip("."): str(word) for name, word in inner.items()}
    return flat
