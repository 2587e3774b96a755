"""Words: each problem is found where it was planted, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sound_message import BARE_TEXT, HTML, SOUND, TEXT, Case, item, with_html, with_items, with_message, with_name

MANY = "a slow sleeper carriage with rain on the glass and nobody who needs anything from you tonight " * 3


@pytest.mark.parametrize(
    ("code", "case", "detail"),
    [
        ("unfilled", with_html("Listen", "{{ listen }}"), "{{ listen }}"),
        ("unfilled", with_html("Listen", "{% if listen %}"), "{% if listen %}"),
        ("unfilled", with_html("Listen", "[[ t.listen ]]"), "[[ t.listen ]]"),
        ("unfilled", with_message(subject="{{ reader.first_name }}, wind down"), "{{ reader.first_name }}"),
        ("unfilled", with_message(text=TEXT + "{{ reader.first_name }}"), "{{ reader.first_name }}"),
        ("odd_name", with_name("undefined"), "undefined"),
        ("text_unlike_html", with_message(text=TEXT.replace("A Night Train", "")), "item i1, “A Night Train”"),
        ("text_unlike_html", with_html("Good evening, Anna", MANY), "words, and the HTML"),
        ("text_unlike_html", with_message(text=TEXT + MANY), "words, and the HTML"),
    ],
)
def test_a_planted_problem_is_found(code: str, case: Case, detail: str) -> None:
    assert case.codes() == {code}
    assert detail in case.findings()[code].detail


def test_a_message_without_text_lacks_its_unsubscribe_link_too() -> None:
    assert with_message(text=" \n").codes() == {"empty_text", "no_unsubscribe"}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            replace(
                with_items(item("i1", "{{ Curly }} Clouds"), item("i2", "{% A &  B %}")),
                message=replace(
                    SOUND.message,
                    subject="Anna, wind down with “{{ Curly }} Clouds”",
                    html=HTML.replace("Listen", "{{ Curly }} Clouds, and {% A &amp; B %}"),
                    text=BARE_TEXT + "{{ Curly }} Clouds, and {% A & B %}",
                ),
            ),
            id="a title with braces, escaped and on one line",
        ),
        pytest.param(with_html("Listen", "Seven Days of [[ Calm ]]"), id="a collection's title with brackets"),
        pytest.param(with_message(subject="Nonetheless, None of this is undefined"), id="a word like a mistake's"),
        pytest.param(with_name("Null"), id="a name that some people have"),
        pytest.param(with_name(""), id="nobody's name"),
    ],
)
def test_what_only_looks_like_a_problem_is_none(case: Case) -> None:
    assert case.codes() == set()


def test_braces_in_one_persons_title_do_not_excuse_another_tag() -> None:
    case = with_items(item("i1", "{{ Curly }} Clouds"), item("i2", "Rain"))
    html = HTML.replace("Listen", "{{ Curly }} Clouds {{ listen }}")
    assert replace(case, message=replace(case.message, html=html)).codes() == {"unfilled"}
