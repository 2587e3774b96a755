"""What mail clients do not support, and what readers see instead, after `client_support.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

from tinycss2 import ast, parse_rule_list, parse_stylesheet, serialize

from campaigns.check.finding import Severity
from campaigns.check.kinds import UNSUPPORTED, Kind, Problem
from campaigns.check.page.css import Declaration, declarations
from campaigns.check.page.tokens import Opening

_SORTS = ("image", "attribute", "element", "selector", "at_rule", "value")
_SHOWN = 100
_ENDING = re.compile(r"(?:^(data:)|\.(\w+)(?:[?#]|$))")


@dataclass(frozen=True, slots=True)
class Feature:
    """Something of HTML or CSS that not every mail client supports.

    Attributes:
        wants: by what it is found (`property`, `value`, `at_rule` …), and the expression that must match.
        lost: the families of clients in which it is lost everywhere; `partly`, in some of their apps.
        then: what readers see there.
        tested: when that was tested.
        facts: what "Can I email" calls it.
    """

    name: str
    wants: Mapping[str, re.Pattern[str]]
    lost: tuple[str, ...]
    partly: tuple[str, ...]
    then: str
    tested: date
    facts: str
    grave: bool = False

    @property
    def kind(self) -> Kind:
        """Its kind of problem."""
        where = [*self.lost, *(f"parts of {family}" for family in self.partly)]
        severity = Severity.ERROR if self.grave else Severity.WARNING
        meaning = f"no {self.name.replace('_', ' ')} in {', '.join(where)}: {self.then}"
        return Kind(f"{UNSUPPORTED}.{self.name}", severity, meaning)

    def fits(self, there: Mapping[str, str]) -> bool:
        """Whether this is it: everything wanted is there, and matches."""
        return all(key in there and wanted.fullmatch(there[key]) for key, wanted in self.wants.items())


@lru_cache(maxsize=1)
def features() -> tuple[Feature, ...]:
    """The whole table."""
    table = tomllib.loads(files("campaigns.check").joinpath("client_support.toml").read_text(encoding="utf-8"))
    return tuple(_feature(name, row, table["families"]) for name, row in table["feature"].items())


def unsupported_in_element(opening: Opening) -> Iterator[Problem]:
    """What of an element, its attributes and its own style is not supported everywhere."""
    for name, value in opening.attributes.items():
        there = {"element": opening.name, "attribute": name, "attribute_value": value.lower()}
        yield from _found(opening.written, "attribute", there)
    yield from _found(opening.written, "element", {"element": opening.name})
    if opening.name == "img" and (ending := _ENDING.search(opening.attributes.get("src", ""))):
        yield from _found(opening.written, "image", {"image": (ending[1] or ending[2]).lower()})
    for declaration in declarations(opening.attributes.get("style", "")):
        yield from _in_declaration(declaration)


@lru_cache(maxsize=256)
def unsupported_in_sheet(css: str) -> tuple[Problem, ...]:
    """What of a style sheet is not supported everywhere."""
    return tuple(_in_rules(parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))


def _in_rules(rules: Sequence[ast.Node]) -> Iterator[Problem]:
    for rule in rules:
        if isinstance(rule, ast.QualifiedRule):
            selector = serialize(rule.prelude).strip()
            yield from _found(selector, "selector", {"selector": selector.lower()})
            for declaration in declarations(serialize(rule.content)):
                yield from _in_declaration(declaration)
        elif isinstance(rule, ast.AtRule):
            prelude = serialize(rule.prelude).strip()
            at_rule = rule.lower_at_keyword.removeprefix("-webkit-")
            yield from _found(f"@{at_rule} {prelude}", "at_rule", {"at_rule": at_rule, "prelude": prelude.lower()})
            if rule.content and at_rule in {"media", "supports"}:
                yield from _in_rules(parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))


@lru_cache(maxsize=4096)
def _in_declaration(declaration: Declaration) -> tuple[Problem, ...]:
    name, value, _ = declaration
    return tuple(_found(f"{name}: {value}", "value", {"property": name, "value": value}))


def _found(written: str, sort: str, there: Mapping[str, str]) -> Iterator[Problem]:
    for feature in _by_sort()[sort]:
        if feature.fits(there):
            yield Problem(feature.kind, written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…")


@lru_cache(maxsize=1)
def _by_sort() -> Mapping[str, list[Feature]]:
    """Features by what they are looked for in."""
    found: dict[str, list[Feature]] = {sort: [] for sort in _SORTS}
    for feature in features():
        sort = next((sort for sort in _SORTS if sort in feature.wants), "value")
        found[sort].append(feature)
    return found


def _feature(name: str, row: Mapping[str, object], families: Mapping[str, str]) -> Feature:
    keys = (
        "property",
        "value",
        "at_rule",
        "prelude",
        "selector",
        "element",
        "attribute",
        "attribute_value",
        "image",
    )
    return Feature(
        name,
        {key: re.compile(str(row[key]), re.DOTALL) for key in keys if key in row},
        _families(row["lost"], families),
        _families(row.get("partly", []), families),
        str(row["then"]),
        date.fromisoformat(str(row["tested"])),
        str(row["facts"]),
        bool(row.get("grave", False)),
    )


def _families(names: object, families: Mapping[str, str]) -> tuple[str, ...]:
    assert isinstance(names, list)
    return tuple(families[str(name)] for name in names)
