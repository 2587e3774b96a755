"""What mail clients do not support: the table's facts, and where it finds them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from sound_message import with_html

from campaigns.check.finding import Severity
from campaigns.check.page.support import Feature, features, unsupported_in_element, unsupported_in_sheet
from campaigns.check.page.tokens import Opening, tokens

FACTS = Path(__file__).parents[4] / "shared" / "data" / "caniemail.json"
FAMILIES = {
    "Gmail": ("gmail", None),
    "Apple Mail": ("apple-mail", None),
    "Outlook (Windows)": ("outlook", {"windows"}),
    "Outlook.com": ("outlook", {"outlook-com"}),
    "Outlook (phones)": ("outlook", {"ios", "android"}),
    "Yahoo": ("yahoo", None),
    "Samsung Email": ("samsung-email", None),
}


def in_element(html: str) -> set[str]:
    (opening,) = (token for token in tokens(html)[0] if isinstance(token, Opening))
    return {problem.kind.code.partition(".")[2] for problem in unsupported_in_element(opening)}


def in_sheet(css: str) -> set[str]:
    return {problem.kind.code.partition(".")[2] for problem in unsupported_in_sheet(css)}


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<div style="display:flex">', {"flexbox"}),
        ('<div style="display:inline-grid; gap: 4px">', {"grid", "gap"}),
        ('<div style="position: absolute">', {"position"}),
        ('<div style="border-top-left-radius: 3px">', {"border_radius"}),
        ('<div style="background: url(https://x.example/1.png)">', {"background_image"}),
        ('<div style="width: calc(100% - 2px)">', {"calculated"}),
        ('<div style="color: var(--ink)">', {"variables"}),
        ('<div style="margin: 0 1.5rem">', {"rem"}),
        ('<div style="color: rgba(0,0,0,.5)">', {"transparent_colour"}),
        ('<div style="opacity:.5">', {"opacity"}),
        ('<link rel="stylesheet" href="https://x.example">', {"style_sheet_link"}),
        ('<video src="https://x.example/1.mp4">', {"video"}),
        ("<iframe>", {"embedded_object"}),
        ('<input type="text">', {"form"}),
        ("<p hidden>", {"hidden_attribute"}),
        ('<img srcset="2.png 2x" src="https://x.example/1.png">', {"srcset"}),
        ('<img src="https://x.example/1.webp?v=2">', {"webp"}),
        ('<img src="https://x.example/1.SVG">', {"svg_image"}),
        ('<img src="data:image/png;base64,AAAA">', {"embedded_image"}),
    ],
)
def test_a_feature_is_found_in_an_element(html: str, found: set[str]) -> None:
    assert in_element(html) == found


@pytest.mark.parametrize(
    "html",
    [
        '<div style="display:block;color:#fff;margin:0 12px;position:static;opacity:0;max-height:0;float:none">',
        '<link rel="icon" href="https://x.example">',
        '<img src="https://x.example/calc(1)/var(2).png" alt="display:flex">',
        '<img src="https://x.example/webp/1.png">',
        '<a href="https://x.example/1.webp">',
    ],
)
def test_what_only_looks_like_a_feature_is_none(html: str) -> None:
    assert in_element(html) == set()


@pytest.mark.parametrize(
    ("css", "found"),
    [
        ("@media (max-width: 480px) { a { color: red } }", {"media_queries"}),
        (
            "@media (prefers-color-scheme: dark) { a { display: flex } }",
            {"media_queries", "dark_mode_query", "flexbox"},
        ),
        ("@font-face { font-family: x }", {"web_fonts"}),
        ("@import url(https://x.example);", {"import"}),
        ("@keyframes x { from { top: 0 } }", {"keyframes"}),
        ("a:hover { color: red }", {"hover"}),
        ("td:nth-child(2), p:last-child { color: red }", {"structural_selectors"}),
        ("p::before { content: 'x' }", {"generated_content"}),
        ("a.hover, .before { color: red }", set()),
        ("}}} not CSS at all {", set()),
    ],
)
def test_a_feature_is_found_in_a_style_sheet(css: str, found: set[str]) -> None:
    assert in_sheet(css) == found


def test_what_spoils_a_message_is_an_error_and_says_where_and_what_then() -> None:
    flex = with_html("<p ", '<p style="display:flex" ').findings()["unsupported.flexbox"]
    assert (flex.severity, flex.detail) == (Severity.ERROR, "display: flex")
    assert flex.meaning.startswith("no flexbox in Outlook (Windows), parts of Gmail: boxes stand below")
    rounded = with_html("<p ", '<p style="border-radius:9px" ').findings()["unsupported.border_radius"]
    assert rounded.severity is Severity.WARNING


@pytest.mark.parametrize("feature", features(), ids=lambda feature: feature.name)
def test_the_table_agrees_with_the_facts_that_it_was_written_from(feature: Feature) -> None:
    if not FACTS.is_file():
        pytest.skip("../shared/data is not there")
    known = {one["slug"]: one for one in json.loads(FACTS.read_text(encoding="utf-8"))["features"]}
    facts = known[feature.facts]
    support = {family: set(_latest(facts["stats"], *where)) for family, where in FAMILIES.items()}
    assert set(feature.lost) == {family for family, answers in support.items() if answers == {"n"}}
    assert set(feature.partly) == {family for family, answers in support.items() if answers - {"y"}} - set(
        feature.lost
    )
    assert feature.tested.isoformat() == facts["last_test_date"]


def _latest(stats: dict[str, dict[str, dict[str, str]]], client: str, platforms: set[str] | None) -> Iterable[str]:
    """A client's answers: yes, no or partly, of the latest version of each app; unknown ones left out."""
    for platform, versions in stats.get(client, {}).items():
        answer = list(versions.values())[-1][0]
        if (platforms is None or platform in platforms) and answer != "u":
            yield answer
