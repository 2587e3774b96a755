"""Markup: each problem is found where it was planted, and nowhere else."""

from __future__ import annotations

import pytest
from sound_message import HTML, Case, with_html, with_message

IMAGE = 'alt="A Night Train" width="100"'
STYLE = HTML[HTML.index("<style>") : HTML.index("</style>") + len("</style>\n")]


@pytest.mark.parametrize(
    ("code", "case", "detail"),
    [
        ("bad_link", with_html("https://app.example/1", "http://app.example/1"), "http://app.example/1"),
        ("bad_link", with_html("https://app.example/1", ""), "an empty address"),
        ("bad_link", with_html("https://app.example/1", "javascript:alert(1)"), "javascript:alert(1)"),
        ("bad_link", with_html("https://app.example/1", "#top"), "#top"),
        ("broken_link", with_html("https://app.example/1", "https://app/1"), "https://app/1"),
        ("broken_link", with_html("https://app.example/1", "https://app.example/a b"), "https://app.example/a b"),
        ("broken_link", with_html("mailto:care@example.org", "mailto:care"), "mailto:care"),
        ("nameless_link", with_html(">Listen<", "><"), "td > a.more"),
        ("nameless_link", with_html(">Listen<", ">&nbsp;&#8204;<"), "td > a.more"),
        ("bad_image", with_html("https://images.example/1.png", "http://images.example/1.png"), "http://images"),
        ("bad_image", with_html('src="https://images.example/1.png"', ""), "an empty address"),
        (
            "missing_image",
            with_html("https://images.example/1.png", "https://images/1.png"),
            "https://images/1.png",
        ),
        ("image_without_width", with_html(IMAGE, 'alt="A Night Train"'), "<img src="),
        ("unclosed", with_html("</p>", ""), "<p> is not closed before </td>"),
        ("unclosed", with_html("</td>", "</td></td>"), "</td> closes nothing"),
        ("unclosed", with_html("</body>\n</html>\n", ""), "<body> is never closed"),
        ("unclosed", with_html("</html>\n", "</html>\n<!-- and"), "<!-- and"),
        ("unclosed", with_html('class="words" style', 'class="words style'), "Good evening, Anna"),
        ("no_language", with_html(' lang="en"', ""), "<html"),
        ("no_language", with_html(' lang="en"', ' lang=""'), "<html"),
        ("other_page_language", with_html('lang="en"', 'lang="de"'), 'lang="de", for a reader of en'),
        ("no_title", with_html("Anna, wind down", " "), ""),
        ("no_title", with_html("<title>Anna, wind down</title>", ""), ""),
        ("table_without_role", with_html('<table role="presentation">', '<table class="x">'), '<table class="x">'),
        ("no_preheader", with_html("display:none;overflow:hidden;max-height:0", "color:#000"), "New this week"),
        (
            "preheader_shows",
            with_html("display:none;overflow:hidden;max-height:0", "display:none"),
            "max-height:0",
        ),
        ("preheader_shows", with_html("display:none;", ""), "it lacks display:none"),
        ("no_dark_mode", with_html('<meta name="color-scheme" content="light dark">', ""), "color-scheme"),
        ("no_dark_mode", with_html(STYLE, ""), "prefers-color-scheme"),
    ],
)
def test_a_planted_problem_is_found(code: str, case: Case, detail: str) -> None:
    findings = case.findings()
    assert case.codes() >= {code}
    assert case.codes() - {code} <= {"nameless_link", "no_title"} if code == "unclosed" else case.codes() == {code}
    assert detail in findings[code].detail or code == "unclosed"


def test_a_linked_picture_without_alternative_text_leaves_its_link_nameless_too() -> None:
    assert with_html(' alt="A Night Train"', "").codes() == {"no_alternative_text", "nameless_link"}
    assert with_html(' alt="A Night Train"', ' alt=""').codes() == {"nameless_link"}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(with_html("<p ", "<P "), id="a tag in capitals"),
        pytest.param(with_html("Anna</p>", "5 < 6, Anna</p>"), id="a sign that begins no tag"),
        pytest.param(
            with_html("<p ", '<br><img src="https://a.example/1.gif" alt="" width=1><p '), id="void elements"
        ),
        pytest.param(
            with_html("<p ", '<br /><img width="1" src="https://a.example" alt=""/><p '), id="XML's habits"
        ),
        pytest.param(with_html("<p ", "<!--[if mso]><table><tr><![endif]--><p "), id="Outlook's own markup"),
        pytest.param(with_html("<p ", "<!--[if !mso]><!--><p "), id="what Outlook does not read"),
        pytest.param(with_html("<p ", '<p title="a > b" '), id="a bracket in an attribute"),
        pytest.param(with_html(">Listen<", ' aria-label="Listen">&rsaquo;<'), id="a link named by an attribute"),
        pytest.param(with_html(">Listen<", "><span>Listen</span><"), id="a link with its words inside"),
        pytest.param(with_html(">Listen<", "><b><i>Listen</i></b><"), id="nested elements"),
        pytest.param(with_html('lang="en"', 'lang="en-GB"'), id="a region's language"),
        pytest.param(
            with_html("<p ", '<a name="x"></a><p '),
            id="an anchor is no link",
        ),
        pytest.param(with_html("https://app.example/1", "https://münchen.example/ä?q=%20"), id="a foreign host"),
        pytest.param(with_html("mailto:care@example.org", "mailto:care@example.org?subject=Hi"), id="a subject"),
    ],
)
def test_what_only_looks_like_a_problem_is_none(case: Case) -> None:
    assert case.codes() == set()


def test_a_page_that_was_never_closed_names_the_innermost_first() -> None:
    case = with_message(html=HTML.partition("<p class")[0])
    assert case.findings()["unclosed"].detail == "<td> is never closed"
