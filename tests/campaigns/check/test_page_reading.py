"""Reading piece by piece: however a page is cut, what is found is the same, and what is shared is read once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_message import HTML, LINK

from campaigns.check.kinds import Problem
from campaigns.check.page.markup import Demands
from campaigns.check.page.reading import Page, PageReader

FAULTY = (
    HTML.replace("</p>", "")
    .replace(' alt="A Night Train"', "")
    .replace("https://app.example/1", "http://app.example/1")
    .replace("#1b2046", "#aaa")
    .replace("Listen", "{{ listen }}")
)


@dataclass
class Scales:
    """Weighs nothing, and remembers what it was asked."""

    asked: list[str] = field(default_factory=list)

    def __call__(self, address: str) -> Problem | None:
        self.asked.append(address)
        return None


def reader(scales: Scales | None = None) -> PageReader:
    return PageReader(Demands(("https", "mailto"), ("https",), scales or Scales()))


def codes(page: Page) -> set[str]:
    """But for what not every client supports: the sound page has some of it, too."""
    found = {problem.kind.code for problem in page.problems}
    return {code for code in found if not code.startswith("unsupported.")}


def firsts(page: Page) -> dict[str, str]:
    """The first problem of each kind."""
    return {problem.kind.code: problem.detail for problem in reversed(page.problems)}


def cut(html: str, places: Sequence[int]) -> list[str]:
    """At any places, but so that no piece without a tag could be taken for a reader's value."""
    ends = sorted({place for place in places if place < len(html)} | {len(html)})
    pieces, begin = [], 0
    for end in ends:
        piece = html[begin:end]
        if "<" in piece and '"' in piece:
            pieces.append(piece)
            begin = end
    return [*pieces, html[begin:]] if begin < len(html) else pieces


@given(st.lists(st.integers(1, len(HTML)), max_size=12), st.sampled_from([HTML, FAULTY]))
def test_however_a_page_is_cut_what_is_found_is_the_same(places: list[int], html: str) -> None:
    whole, pieces = reader().read([html]), reader().read(cut(html, places))
    assert firsts(pieces).keys() == firsts(whole).keys()
    assert {d for d in firsts(pieces).values() if "“" not in d} == {
        d for d in firsts(whole).values() if "“" not in d
    }
    assert (pieces.language, sorted(pieces.links), pieces.marked) == (
        whole.language,
        sorted(whole.links),
        whole.marked,
    )


@given(st.lists(st.integers(1, len(HTML)), max_size=12))
def test_reading_a_page_again_finds_the_same(places: list[int]) -> None:
    pieces, one = cut(FAULTY, places), reader()
    assert one.read(pieces) == one.read(pieces)


CARD = '<p class="words">{}</p><img src="https://i.example/{}" alt="" width="1">'
FOOT = HTML.partition("Listen</a>")[2]


def page_of(cards: Sequence[int]) -> list[str]:
    before, after = HTML.split("Good evening, Anna")
    return [
        f"{before}Good evening, ",
        "Anna",
        after.partition("<a href")[0],
        *(CARD.format(n, n) for n in cards),
        FOOT,
    ]


@given(st.lists(st.lists(st.integers(1, 6), max_size=4), min_size=1, max_size=6))
def test_a_card_is_read_once_whatever_stands_around_it(pages: list[list[int]]) -> None:
    scales = Scales()
    one = reader(scales)
    for cards in pages:
        assert codes(one.read(page_of(cards))) == set()
    assert len(scales.asked) == len(set(scales.asked)) == len({n for cards in pages for n in cards})


@given(st.lists(st.integers(1, 6), max_size=4), st.lists(st.integers(1, 6), max_size=4))
def test_what_one_page_has_is_not_found_in_another(first: list[int], second: list[int]) -> None:
    bad = '<img src="https://i.example/9" width="1">'
    one = reader()
    with_it = [*page_of(first)[:-1], bad, FOOT]
    assert codes(one.read(with_it)) == {"no_alternative_text"}
    assert codes(one.read(page_of(second))) == set()
    assert codes(one.read(with_it)) == {"no_alternative_text"}


def with_own_link(link: str) -> list[str]:
    before, after = HTML.split(LINK)
    return [before, link, after]


def test_a_readers_own_link_is_judged_for_each_reader() -> None:
    one = reader()
    assert codes(one.read(with_own_link("https://mail.example/u/1"))) == set()
    second = one.read(with_own_link("http://mail.example/u/2"))
    assert (codes(second), firsts(second)["bad_link"]) == ({"bad_link"}, "http://mail.example/u/2")
    assert codes(one.read(with_own_link("https://mail.example/u/3"))) == set()


def test_readers_own_words_cost_no_memory() -> None:
    one = reader()
    before, after = HTML.split("Anna</p>")
    for number in range(100):
        page = one.read([before, f"Reader {number}", f"</p>{after}"])
        assert codes(page) == set()
    kept = len(one._stands)
    for number in range(100, 1_000):
        one.read([before, f"Reader {number}", f"</p>{after}"])
    assert len(one._stands) == kept


def test_a_readers_own_words_are_counted_and_looked_at_for_tags() -> None:
    one = reader()
    before, after = HTML.split("Anna</p>")
    short, long = (one.read([before, name, f"</p>{after}"]) for name in ("Anna", "Anna Maria de la Cruz"))
    assert long.words - short.words == 4
    assert (short.marked, one.read([before, "{{ name }}", f"</p>{after}"]).marked) == (False, True)
    assert not one.read([before, "Anna", f"</p>{after}"]).marked


def test_words_are_counted_but_for_hidden_ones() -> None:
    seen = re.sub(r"<head>.*</head>|<div style=\"display:none.*?</div>", "", HTML, flags=re.DOTALL)
    words = re.sub(r"<[^>]*>", " ", seen).split()
    assert reader().read([HTML]).words == len(words)


@pytest.mark.parametrize("html", ["", "<", "<html", '<a href="', "</", "<!--", "<style>", "no tags at all"])
def test_what_is_hardly_a_page_has_problems_and_is_no_end(html: str) -> None:
    assert "no_language" in codes(reader().read([html]))


@given(st.text(alphabet="<>/=\"' abpt!-[]{}", max_size=60))
def test_nothing_that_can_be_written_is_too_much(html: str) -> None:
    one = reader()
    assert one.read([html]) == one.read([html])
