"""Contrast: WCAG's formula, and the colours that a mail client would come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_message import HTML, Case, with_html, with_message

from campaigns.check.page.colour import BLACK, WHITE, Colour, contrast, enough, paint

PARTS = st.integers(0, 255).map(lambda part: part / 255)
COLOURS = st.builds(Colour, PARTS, PARTS, PARTS)


@given(COLOURS, COLOURS)
def test_contrast_is_symmetric_and_lies_between_1_and_21(one: Colour, other: Colour) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21 + 1e-9


@given(COLOURS)
def test_a_colour_does_not_stand_out_from_itself(colour: Colour) -> None:
    assert contrast(colour, colour) == 1


@given(COLOURS, COLOURS)
def test_nothing_stands_out_more_than_black_or_white_do(one: Colour, other: Colour) -> None:
    assert contrast(one, other) <= max(contrast(one, BLACK), contrast(one, WHITE)) + 1e-9


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000", "#fff", 21.0),
        ("#777", "#fff", 4.48),
        ("#767676", "#fff", 4.54),
        ("#f00", "#fff", 4.0),
        ("#00f", "#fff", 8.59),
    ],
)
def test_known_ratios(one: str, other: str, ratio: float) -> None:
    """Those that WebAIM's contrast checker gives."""
    first, second = paint(one, WHITE, None), paint(other, WHITE, None)
    assert first is not None
    assert second is not None
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)


@given(COLOURS, COLOURS)
def test_a_colour_is_painted_as_it_is_written(colour: Colour, under: Colour) -> None:
    assert paint(str(colour), under, None) == pytest.approx(colour)


def test_what_lets_through_is_mixed_with_what_is_under_it() -> None:
    assert paint("rgba(0, 0, 0, .5)", WHITE, None) == pytest.approx((0.5, 0.5, 0.5))
    assert paint("transparent", WHITE, None) is None
    assert paint("url(sky.png) no-repeat #10163a", WHITE, None) == pytest.approx((16 / 255, 22 / 255, 58 / 255))
    assert paint("currentcolor", WHITE, BLACK) == BLACK
    assert paint("inherit", WHITE, BLACK) == BLACK
    assert paint("none", WHITE, BLACK) is None


@pytest.mark.parametrize(
    ("size", "bold", "wanted"),
    [(16, False, 4.5), (23.9, False, 4.5), (24, False, 3), (18, True, 4.5), (18.7, True, 3)],
)
def test_large_text_needs_less(size: float, bold: bool, wanted: float) -> None:  # noqa: FBT001
    assert enough(size, bold=bold) == wanted


PARAGRAPH = '<p class="words" style="color:#1b2046">'


def paragraph(style: str, around: str = "") -> Case:
    """The sound message, its first paragraph otherwise coloured; in dark mode, too."""
    html = HTML.replace(".words { color: #eef0ff !important; }", "").replace(
        ".page { background-color: #0a0e24 !important; }", ""
    )
    html = html.replace(" .more { color: #b3b8ff !important; }", "")
    assert PARAGRAPH in html
    return with_message(
        html=html.replace(PARAGRAPH, f'{around}<p style="{style}">').replace(
            "</p>", "</p></div>" if around else "</p>"
        )
    )


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(paragraph("color:#999"), id="grey on the page's white"),
        pytest.param(paragraph("color:#1b2046;background-color:#222"), id="its own background"),
        pytest.param(paragraph("color:#1b2046;background:#222 url(https://x.example/1.png)"), id="a shorthand"),
        pytest.param(paragraph("color:#1b2046", '<div style="background:#222">'), id="a background inherited"),
        pytest.param(paragraph("", '<div style="color:#999">'), id="a colour inherited"),
        pytest.param(paragraph("color:inherit", '<div style="color:#999">'), id="a colour expressly inherited"),
        pytest.param(paragraph("", '<div bgcolor="#222222">'), id="a background by attribute"),
        pytest.param(paragraph("color:rgba(0,0,0,.3)"), id="a colour that lets through"),
        pytest.param(paragraph("color:#888;font-size:1.4em"), id="not yet large"),
        pytest.param(paragraph("color:#888;font-size:18px;font-weight:500"), id="not yet bold"),
        pytest.param(with_html("color:#4f54cf", "color:#9fa4ff"), id="a link"),
    ],
)
def test_words_that_stand_out_too_little_are_found(case: Case) -> None:
    assert "low_contrast" in case.codes()
    assert ":1, wanted 4.5:1" in case.findings()["low_contrast"].detail


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(paragraph("color:#595959"), id="dark grey"),
        pytest.param(paragraph("color:#888;font-size:24px"), id="large"),
        pytest.param(paragraph("color:#888;font-size:14pt;font-weight:bold"), id="large and bold"),
        pytest.param(
            paragraph("color:#888;font-size:200%", '<div style="font-size:12px">'), id="large by its parent"
        ),
        pytest.param(paragraph("color:#fff;display:none"), id="not seen"),
        pytest.param(paragraph("color:#fff", '<div style="display:none">'), id="nothing around it seen"),
        pytest.param(paragraph("color:#fff;font-size:0"), id="of no size"),
        pytest.param(paragraph("color:#fff;background-image:url(https://x.example/1.png)"), id="a picture behind"),
        pytest.param(paragraph("color:#fff", '<div style="background:#222">'), id="white on dark"),
        pytest.param(paragraph("color:#222;background-color:transparent"), id="no background of its own"),
    ],
)
def test_words_that_stand_out_enough_or_are_not_seen_are_no_problem(case: Case) -> None:
    assert case.codes() == set()


def test_dark_modes_own_colours_are_judged_by_themselves() -> None:
    dark = with_html(".words { color: #eef0ff", ".words { color: #333a60")
    assert dark.codes() == {"low_contrast_dark"}
    assert "#333a60 on #0a0e24 is" in dark.findings()["low_contrast_dark"].detail


def test_a_rule_that_is_not_important_does_not_prevail_over_a_style_attribute_in_dark_mode() -> None:
    case = with_html(".words { color: #eef0ff !important; }", ".words { color: #eef0ff; }")
    assert case.codes() == {"low_contrast_dark"}


def test_alternative_text_must_be_readable_where_pictures_are_off() -> None:
    assert with_html("color:#eef0ff;background-color:#10163a", "color:#eef0ff").codes() == {
        "low_contrast",
    }


def styled(selector: str) -> Case:
    """The sound message, with a rule that makes what it chooses white on white."""
    return with_html("<style>", f"<style>{selector} {{ color: #fff !important; }} ")


@pytest.mark.parametrize(
    "selector",
    [
        "p",
        ".words",
        "td p",
        "td > .words",
        "table p.words",
        "*",
        "body .page td > p",
        "h1, p",
        "div.page p",
        ":root p",
    ],
)
def test_a_selector_chooses_what_it_should(selector: str) -> None:
    assert "low_contrast" in styled(selector).codes()


@pytest.mark.parametrize(
    "selector",
    [
        "h1",
        ".word",
        "table > p",
        "p td",
        "p.more",
        "[data-x] p",
        "p:hover",
        "#p",
        "p::before",
        "h1 + p",
        "p {",
        ".page > p",
    ],
)
def test_a_selector_does_not_choose_what_it_should_not(selector: str) -> None:
    assert "low_contrast" not in styled(selector).codes()


def test_the_more_specific_rule_prevails_and_among_equals_the_later() -> None:
    rule = "{ color: #fff !important; }"
    specific = with_html("<style>", f"<style>td .words {{ color: #1b2046 !important; }} .words {rule}")
    later = with_html("<style>", f"<style>.words {rule} .words {{ color: #1b2046 !important; }}")
    earlier = with_html("<style>", f"<style>.words {{ color: #1b2046 !important; }} .words {rule}")
    assert [case.codes() & {"low_contrast"} for case in (specific, later)] == [set(), set()]
    assert "low_contrast" in earlier.codes()
