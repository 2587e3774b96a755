"""From MJML to a page: Jinja tags survive wherever they stand, and mail clients keep what they need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rendering_world import LANGUAGES, campaign, compiled, row, shipped_copy, tiny

from campaigns.rendering.campaign import CampaignRenderer


@pytest.fixture(scope="module")
def renderer() -> CampaignRenderer:
    return compiled()


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ('<mj-text><a href="{{ links.unsubscribe }}?a=1&amp;b={{ variant }}">x</a></mj-text>',
         f'href="https://winddown.example/u/{7:032x}?a=1&amp;b=treatment"'),
        ('<mj-button href="{% if variant == "x" %}a{% else %}https://b.example{% endif %}">Go</mj-button>',
         '<a href="https://b.example"'),
        ('<mj-text><p style="color:{{ reader.colour }};margin:0">x</p></mj-text>', "color:#123456"),
        ('<mj-text color="{{ reader.colour }}">x</mj-text>', "color:#123456"),
        ("<mj-text>{{ '}}' }} and {{ \"%}\" }}</mj-text>", "}} and %}"),
        ("<mj-raw><!--[if mso]><b>{{ variant }}</b><![endif]--></mj-raw>",
         "<!--[if mso]><b>treatment</b><![endif]-->"),
        ("<mj-raw>{% for pick in picks %}</mj-raw><mj-text>{{ pick.slot }}</mj-text><mj-raw>{% endfor %}</mj-raw>",
         ">2<"),
        ("<mj-table>{% for pick in picks %}<tr><td>{{ pick.slot }}!</td></tr>{% endfor %}</mj-table>",
         "<tr><td>1!</td></tr><tr><td>2!</td></tr>"),
        ("<mj-text>{{\n  variant\n}}</mj-text>", "treatment"),
        ("<mj-text>{{- variant -}} x</mj-text>", ">treatmentx<"),
        ("<mj-text>[[ t.hello ]]</mj-text>", "Good evening"),
        ("<mj-text>{# a note #}<!-- another -->{{ variant }}</mj-text>", ">treatment<"),
    ],
)  # fmt: skip
def test_a_tag_survives(tmp_path: Path, body: str, page: str) -> None:
    one = row("train", "day", attributes={"colour": "#123456"})
    assert page in tiny(campaign(tmp_path, body)).render(one).html


def test_strings_are_escaped_but_their_tags_are_not(tmp_path: Path) -> None:
    strings = "hello = \"Tom & 'Jo' <{{ picks[0].title | replace('Low', '<') }}>\"\n"
    folder = campaign(
        tmp_path, "<mj-text>[[ t.hello ]]</mj-text>", strings___en__toml=strings, subject__txt="[[ t.hello ]]"
    )
    message = tiny(folder).render(row("piano"))
    assert "Tom &amp; 'Jo' &lt;&lt; Tide &amp; Slow Piano&gt;" in message.html
    assert message.subject == message.text.strip() == "Tom & 'Jo' << Tide & Slow Piano>"


def test_a_campaign_says_a_shared_part_s_words_its_own_way(tmp_path: Path) -> None:
    folder = campaign(
        tmp_path,
        "<mj-text>[[ t.hello ]], [[ t.bye ]], [[ t.kinds.music ]], {{ t.kinds['talk'] }}</mj-text>",
        strings___en__toml="hello = 'Good evening'\n[kinds]\nmusic = 'Song'\n",
    )
    shared = folder.parent / "shared" / "strings" / "en.toml"
    shared.parent.mkdir(parents=True)
    shared.write_text("hello = 'Hi'\nbye = 'Bye'\n[kinds]\nmusic = 'Music'\ntalk = 'Talk'\n", "utf-8")
    before = tiny(folder)
    assert "Good evening, Bye, Song, Talk" in before.render(row()).html
    shared.write_text("bye = 'Ta'\n[kinds]\ntalk = 'Talk'\n", "utf-8")
    assert tiny(folder).template_hash != before.template_hash


def test_styles_are_inlined_and_those_for_clients_are_kept(tmp_path: Path) -> None:
    inline = '<mj-style inline="inline">.a { color: red; }</mj-style>'
    kept = "<mj-style>@media (x) { .a { color: blue !important; } }</mj-style>"
    body = f"<mjml><mj-head>{inline}{kept}</mj-head><mj-body><mj-raw><b class='a'>x</b></mj-raw></mj-body></mjml>"
    page = tiny(campaign(tmp_path, body__mjml=body)).render(row()).html
    assert '<b class="a" style="color:red">x</b>' in page
    assert "@media (x){.a{color: blue !important;}}" in page
    assert ".a{color: red;}" not in page


def test_what_is_important_wins_over_what_mjml_writes(tmp_path: Path) -> None:
    rule = ".a div, .a:hover { color: red !important; font-size: 1px; margin: 2px; }"
    text = '<mj-text css-class="a" color="#123456" font-size="31px">x</mj-text>'
    body = (
        f'<mjml><mj-head><mj-style inline="inline">{rule}</mj-style></mj-head>'
        f"<mj-body><mj-section><mj-column>{text}</mj-column></mj-section></mj-body></mjml>"
    )
    page = tiny(campaign(tmp_path, body__mjml=body)).render(row()).html
    found = re.search(r'class="a"[^>]*><div style="([^"]*)"', page)
    assert found
    assert {part.strip() for part in found[1].split(";")} >= {
        "color:red !important",
        "font-size:31px",
        "margin:2px",
    }
    assert "#123456" not in page


def test_a_variant_has_templates_of_its_own_where_the_folder_does(tmp_path: Path) -> None:
    folder = campaign(
        tmp_path, "<mj-text>same</mj-text>", subject__control__txt="For control", body__txt="{{ variant }}"
    )
    renderer = compiled(folder, languages=("en",))
    control, treatment = renderer.render(row(variant="control")), renderer.render(row())
    assert (control.subject, treatment.subject) == ("For control", "Hello")
    assert (control.text, treatment.text) == ("control\n", "treatment\n")
    assert control.html == treatment.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_page_is_fit_for_mail_clients(renderer: CampaignRenderer, language: str) -> None:
    page = renderer.render(row("train", "day", "roof", "piano", "cat", "calm", language=language)).html
    assert page.startswith("<!doctype html>")
    assert f'<html lang="{language}" dir="ltr"' in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "prefers-color-scheme: dark" in page
    assert "[data-ogsc]" in page
    assert "<!--[if mso | IE]>" in page
    assert "xqj" not in page
    assert not re.search(r"\{\{|\{%|\[\[", page)
    assert len(page.encode()) < 40_000, "Gmail clips at 102 KB"
    assert set(re.findall(r'https?://([^/"]+)', page)) == {
        "app.winddown.example", "images.winddown.example", "winddown.example", "www.w3.org",
    }, "nothing is fetched from a third party"  # fmt: skip
    assert all("alt=" in image for image in re.findall(r"<img[^>]*>", page))
    assert all('role="presentation"' in table for table in re.findall(r"<table[^>]*>", page))


def test_the_hash_follows_every_file_and_no_folder(tmp_path: Path) -> None:
    folder = shipped_copy(tmp_path)
    before = compiled(folder).template_hash
    assert before == compiled().template_hash
    for path in (folder / "subject.txt", folder / "strings" / "de.toml", folder.parent / "shared" / "card.mjml"):
        text = path.read_text("utf-8")
        path.write_text(text + "\n", "utf-8")
        assert compiled(folder).template_hash != before, path.name
        path.write_text(text, "utf-8")
    assert compiled(folder).template_hash == before
