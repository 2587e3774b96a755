"""Style sheets, as far as colours go: which declarations apply to an element, by day and in dark mode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from cssselect import parser
from tinycss2 import ast, parse_blocks_contents, parse_rule_list, parse_stylesheet, serialize

_PLAIN_MEDIA = frozenset({"", "all", "screen", "only screen"})
_DARK = "prefers-color-scheme: dark"


class Declaration(NamedTuple):
    """A property's name and value, in lower case."""

    name: str
    value: str
    important: bool = False


class Styled(Protocol):
    """What selectors see of an element."""

    @property
    def name(self) -> str:
        """Its tag's."""
        ...

    @property
    def identifier(self) -> str:
        """Its `id`, or nothing."""
        ...

    @property
    def classes(self) -> frozenset[str]:
        """Its classes."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector with its declarations.

    Attributes:
        dark: whether it holds in dark mode alone.
    """

    selector: parser.Selector
    declarations: tuple[Declaration, ...]
    dark: bool


@lru_cache(maxsize=4096)
def declarations(css: str) -> tuple[Declaration, ...]:
    """What a `style` attribute or a rule's block declares; what is no CSS is passed over, as clients do."""
    found = parse_blocks_contents(css, skip_comments=True, skip_whitespace=True)
    return tuple(_declaration(one) for one in found if isinstance(one, ast.Declaration))


@lru_cache(maxsize=256)
def rules(css: str, media: str = "") -> tuple[Rule, ...]:
    """A style sheet's rules that hold on every screen, and those of dark mode.

    Media queries about widths are left out: they are about a layout, seldom about colours.

    Args:
        css: the sheet.
        media: the `style` element's own media query.
    """
    return tuple(_of_sheet(parse_stylesheet(css, skip_comments=True, skip_whitespace=True), media))


def cascade(
    sheet: Sequence[Rule], path: Sequence[Styled], own: Iterable[Declaration], *, dark: bool
) -> dict[str, str]:
    """What applies to the last element of a path: a value a property.

    Args:
        sheet: the page's rules, in order.
        path: the element, after all that it stands in.
        own: its `style` attribute's.
        dark: whether it is dark mode.
    """
    ranked = [
        (declaration.important, False, rule.selector.specificity(), order, declaration)
        for order, rule in enumerate(sheet)
        if (dark or not rule.dark) and _matches(rule.selector.parsed_tree, path)
        for declaration in rule.declarations
    ]
    ranked += [(declaration.important, True, (0, 0, 0), len(sheet), declaration) for declaration in own]
    values: dict[str, str] = {}
    for *_, declaration in sorted(ranked, key=lambda one: one[:4]):
        if declaration.name == "background":
            values.pop("background-color", None)
            values.pop("background-image", None)
        values.pop(declaration.name, None)
        values[declaration.name] = declaration.value
    return values


def _of_sheet(found: Iterable[ast.Node], media: str) -> Iterator[Rule]:
    query = " ".join(media.lower().replace(":", ": ").split())
    dark = _DARK in query
    if not dark and query not in _PLAIN_MEDIA:
        return
    for rule in found:
        if isinstance(rule, ast.QualifiedRule):
            yield from _of_rule(rule, dark=dark)
        elif isinstance(rule, ast.AtRule) and rule.lower_at_keyword == "media" and rule.content:
            inside = parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            yield from _of_sheet(inside, serialize(rule.prelude))


def _declaration(found: ast.Declaration) -> Declaration:
    return Declaration(found.lower_name, serialize(found.value).strip().lower(), found.important)


def _of_rule(rule: ast.QualifiedRule, *, dark: bool) -> Iterator[Rule]:
    try:
        selectors = parser.parse(serialize(rule.prelude))
    except parser.SelectorError:
        return
    declared = declarations(serialize(rule.content))
    for selector in selectors:
        if selector.pseudo_element is None:
            yield Rule(selector, declared, dark)


def _matches(tree: object, path: Sequence[Styled]) -> bool:
    """Whether a selector chooses the last element of a path; `[…]`, `:hover` and their like choose none here."""
    if not path:
        return False
    if isinstance(tree, parser.Element):
        return tree.element is None or tree.element.lower() == path[-1].name
    if isinstance(tree, parser.CombinedSelector):
        return _matches(tree.subselector, path) and _matches_before(tree, path[:-1])
    return _suits(tree, path) and _matches(getattr(tree, "selector", None), path)


def _suits(tree: object, path: Sequence[Styled]) -> bool:
    match tree:
        case parser.Class():
            return tree.class_name in path[-1].classes
        case parser.Hash():
            return tree.id == path[-1].identifier
        case parser.Pseudo():
            return tree.ident == "root" and len(path) == 1
        case _:
            return False


def _matches_before(tree: parser.CombinedSelector, above: Sequence[Styled]) -> bool:
    if tree.combinator == ">":
        return _matches(tree.selector, above)
    if tree.combinator == " ":
        return any(_matches(tree.selector, above[:end]) for end in range(len(above), 0, -1))
    return False
