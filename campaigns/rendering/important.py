"""`!important` in styles that are put into style attributes: it wins over what the attribute says already.

premailer would let the attribute win, whatever the style sheet says. MJML writes attributes all over, and its
documentation tells authors to change them in just this way.
"""

from __future__ import annotations

from collections.abc import Iterator

import cssutils
from lxml.cssselect import CSSSelector, SelectorError
from lxml.html import HtmlElement


def give_way(root: HtmlElement, css: str) -> None:
    """Take out of style attributes what the style sheet says and calls important.

    Args:
        root: the page.
        css: the style sheet that is to be inlined.
    """
    if "!important" not in css.replace(" ", ""):
        return
    for selector, names in _important(css):
        for element in _found(selector, root):
            style = cssutils.parseStyle(element.get("style", ""), validate=False)
            for name in names:
                style.removeProperty(name)
            element.set("style", style.getCssText(separator=""))


def _important(css: str) -> Iterator[tuple[str, list[str]]]:
    """Selectors, and the names of their important properties."""
    for rule in cssutils.parseString(css, validate=False):
        if rule.type == rule.STYLE_RULE:
            names = [declared.name for declared in rule.style if declared.priority]
            for selector in rule.selectorList:
                yield selector.selectorText, names


def _found(selector: str, root: HtmlElement) -> list[HtmlElement]:
    try:
        return list(CSSSelector(selector, translator="html")(root))
    except SelectorError:  # such as :hover, which no attribute can express
        return []
