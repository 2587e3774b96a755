"""Names and titles are text: escaped in HTML, verbatim in text, never evaluated, and the subject is one line."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rendering_world import CATALOGUE, IDENTITY, compiled, item, row

from campaigns.ground.item import Catalogue, Item
from campaigns.rendering.campaign import CampaignRenderer
from campaigns.rendering.views import one_line

HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "{% for x in y %}",
    "[[ t.subject ]]",
    "xqj00000jqx",
    "\"' onload=x",
    "<!--[if mso]>",
    "&amp; & &lt;",
    "אנה\u200f\u202e",
    "Anna\r\nBcc: everybody@mail.example",
    "a\x00b\x0bc\x85d\u2028e",
    "😴🌙",
)
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map(" ".join),
)


class _Titles(Mapping[str, Item]):
    """A catalogue in which an item's id is its title."""

    def __getitem__(self, title: str) -> Item:
        return item("x", title, "sleep_story", title, 20, description=title)

    def __iter__(self) -> object:  # type: ignore[override]
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


class _Skeleton(HTMLParser):
    """A page's tags with the names of their attributes, and all its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", data))


@pytest.fixture(scope="module")
def renderer() -> CampaignRenderer:
    return compiled(languages=("en",), catalogue=Catalogue(items=_Titles(), collections={}))


@given(name=texts, title=texts)
@settings(deadline=None, max_examples=150)
@example(name=HOSTILE[0], title=HOSTILE[1])
def test_no_name_or_title_changes_the_page_around_it(renderer: CampaignRenderer, name: str, title: str) -> None:
    name, title = f"N{name}", f"T{title}"
    parts = renderer.render_parts(row(title, title, name=name))
    plain = renderer.render_parts(row("T", "T", name="N"))
    page = _Skeleton(parts.html)
    assert page.tags == _Skeleton(plain.html).tags
    assert one_line(name) in " ".join(page.words.split())
    assert one_line(title) in " ".join(page.words.split())
    assert one_line(title) in parts.text.split("\n")
    assert f"Good evening, {one_line(name)}" in parts.text.split("\n")


@given(name=texts, title=texts.map(lambda title: title[:60]))
@settings(deadline=None, max_examples=100)
def test_the_subject_is_one_line_that_says_both_verbatim(
    renderer: CampaignRenderer, name: str, title: str
) -> None:
    parts = renderer.render_parts(row(f"T{title}", name=f"N{name}"))
    assert len(parts.subject.splitlines()) == 1
    assert parts.subject == f"{one_line(f'N{name}')}, wind down with “{one_line(f'T{title}')}”".replace("  ", " ")


@given(name=texts)
@settings(deadline=None, max_examples=50)
def test_no_header_holds_anything_of_the_person(renderer: CampaignRenderer, name: str) -> None:
    headers = renderer.render(row("T", name=f"Quetzal{name}")).headers
    for _, value in headers:
        assert value.isascii()
        assert value.isprintable()
        assert "Quetzal" not in value
        assert "anna.private" not in value
        assert "user-7" not in value


def test_the_senders_own_words_are_escaped_too(renderer: CampaignRenderer) -> None:
    assert "Low Tide &amp; Slow Piano" in compiled(languages=("en",)).render_parts(row()).html
    assert IDENTITY.postal_address in renderer.render_parts(row("T")).html
    assert CATALOGUE.items["piano"].title in compiled(languages=("en",)).render_parts(row()).text


def test_a_long_title_is_cut_between_words_in_the_subject(renderer: CampaignRenderer) -> None:
    title = "A Slow Train through the Whole of a Very Long Night, from the City to the Sea and Back Again"
    subject = renderer.render_parts(row(title, name="Ava")).subject
    assert subject == "Ava, wind down with “A Slow Train through the Whole of a Very Long Night, from the City…”"
