"""The text alternative, taken from the compiled HTML once a template; a person then costs no parsing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inscriptis import Inscriptis
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement as Layout
from lxml.html import HtmlElement, document_fromstring

from campaigns.rendering.tags import MASK, Masked, Tag

HTML_ONLY = "html-only"
"""The CSS class of what is for the eye alone, such as an ornament; the text leaves it out."""

_SECTION_STYLE = "margin:0px auto"  # how MJML's compiler begins every section
_LINE, _BLOCK = Layout(display=Display.block), Layout(display=Display.block, margin_before=1, margin_after=1)
_LAYOUT = STRICT_CSS_PROFILE | {"section": _BLOCK, "h1": _BLOCK} | {f"h{level}": _LINE for level in range(2, 7)}
_OPENING, _CLOSING = frozenset({"if", "for", "card"}), frozenset({"endif", "endfor", "endcard"})
_BRANCH = frozenset({"else", "elif"})
_MASKS_ONLY = re.compile(rf"^[ \t]*(?:{MASK.pattern}[ \t]*)+\n", re.MULTILINE)


def extract_text(page: Masked) -> Masked:
    """The words of a compiled page: a line an element, a blank line between sections, links spelt out."""
    root = document_fromstring(page.text)
    _drop_unread(root)
    _spell_out_links(root, page)
    _flatten(root)
    text = Inscriptis(root.find("body"), ParserConfig(css=_LAYOUT)).get_text()
    return fold_statement_lines(page.with_text("\n".join(line.strip() for line in text.split("\n"))))


def fold_statement_lines(masked: Masked) -> Masked:
    """Join a line that holds nothing but statements with the one below: it would leave an empty line behind."""
    return masked.with_text(_MASKS_ONLY.sub(lambda found: _fold(found, masked), masked.text))


def squeeze_shell(shell: Masked) -> Masked:
    """As `squeeze`, once for everybody: it seldom leaves anything to do per person."""
    return shell.with_text(squeeze(shell.text))


def squeeze(text: str) -> str:
    """At most one blank line in a row, and none at the ends."""
    while "\n\n\n" in text:  # faster than one regular expression, and this runs for everybody
        text = text.replace("\n\n\n", "\n\n")
    is_clean = text.endswith("\n") and not text.startswith("\n") and not text.endswith("\n\n")
    return text if is_clean else text.strip("\n") + "\n"


def _fold(found: re.Match[str], masked: Masked) -> str:
    printed = any(not tag.keyword for tag in masked.with_text(found[0]).used())
    return found[0] if printed else found[0].strip()


def _drop_unread(root: HtmlElement) -> None:
    """Drop pictures, style sheets, ornaments and the hidden preheader."""
    for element in list(root.iter("*")):
        hidden = "display:none" in element.get("style", "").replace(" ", "")
        if element.tag in {"head", "img", "style"} or hidden or HTML_ONLY in element.get("class", "").split():
            element.drop_tree()


def _spell_out_links(root: HtmlElement, page: Masked) -> None:
    """Write each address after its words; where links in a row lead to the same place, after the last of them."""
    for link in _last_of_each_row(root, page):
        alone = _words(link) == _words(link.getparent())
        address = f": {link.get('href')}" if alone else f" ({link.get('href')})"
        link.tail = address + (link.tail or "")


def _last_of_each_row(root: HtmlElement, page: Masked) -> list[HtmlElement]:
    shown: list[HtmlElement] = []
    waiting: HtmlElement | None = None
    between: list[Tag] = []
    for node in _stream(root):
        if isinstance(node, str):
            between += page.with_text(node).used()
        elif node.tag == "a" and node.get("href") and _words(node):
            if waiting is not None and not (_same(waiting, node, page) and _always_follows(between)):
                shown.append(waiting)
            waiting, between = node, []
    return shown if waiting is None else [*shown, waiting]


def _stream(element: HtmlElement) -> Iterator[HtmlElement | str]:
    """Elements and texts in the order of reading."""
    if isinstance(element.tag, str):
        yield element
        yield element.text or ""
        for child in element:
            yield from _stream(child)
    yield element.tail or ""


def _always_follows(between: list[Tag]) -> bool:
    """Whether everybody who reads what stands before these tags also reads what stands behind them."""
    depth = 0
    for tag in between:
        depth += (tag.keyword in _OPENING) - (tag.keyword in _CLOSING)
        if depth < 0 or (depth == 0 and tag.keyword in _BRANCH):
            return False
    return depth == 0


def _same(link: HtmlElement, following: HtmlElement, page: Masked) -> bool:
    one, other = (MASK.sub(lambda found: page.tags[int(found[1])].text, a.get("href")) for a in (link, following))
    return bool(one == other)


def _words(element: HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def _flatten(root: HtmlElement) -> None:
    """Turn layout tables into plain blocks, so that their cells stand below each other, and drop all styling."""
    for table in root.iter("table"):
        cells = table.xpath("./tr/td | ./tbody/tr/td")
        rows = [*table.xpath("./tbody | ./tr | ./tbody/tr"), *cells]
        # Tags between rows and cells are nobody's words to a table; between blocks they keep their place.
        templated = any(MASK.search(f"{part.text}{part.tail}") for part in (table, *rows) if part not in cells)
        if table.get("role") == "presentation" or templated:
            for part in (table, *rows):
                part.tag = "div"
    for element in root.iter("div", "p", "span", "a", "td"):
        is_section = element.get("style", "").startswith(_SECTION_STYLE)
        element.tag = "section" if is_section else element.tag
        element.attrib.clear()
