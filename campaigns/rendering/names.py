"""Undefined names, found before anybody is rendered."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from campaigns.rendering.environment import Script, names_set
from campaigns.rendering.sources import suggest

Vocabulary = Mapping[str, frozenset[str] | None]
"""The names that a template may use, and the attributes of each where they are all known."""


def check_names(script: Script, vocabulary: Vocabulary, unknown: str = "is not defined") -> None:
    """Check every name, and the attributes of those whose attributes are all known.

    Args:
        script: the template.
        vocabulary: what there is.
        unknown: what the error says of a name that there is not.

    Raises:
        TemplateError: the first that does not exist; names its line, what there is, and the closest.
    """
    undeclared = find_undeclared_variables(script.tree) - vocabulary.keys()
    for name in script.tree.find_all(nodes.Name):
        if name.name in undeclared:
            sentence = f"{name.name!r} {unknown}; there is {_list(name.name, vocabulary)}"
            raise script.error_at(name.lineno, sentence)
    own = names_set(script.tree)
    for found in script.tree.find_all(nodes.Getattr):
        if isinstance(found.node, nodes.Name) and found.node.name not in own:
            _check_attribute(script, found.node.name, found, vocabulary)


def _check_attribute(script: Script, name: str, found: nodes.Getattr, vocabulary: Vocabulary) -> None:
    known = vocabulary.get(name)
    if known is not None and found.attr not in known:
        sentence = f"{name!r} has no {found.attr!r}; it has {_list(found.attr, known)}"
        raise script.error_at(found.lineno, sentence)


def _list(wanted: str, there: Mapping[str, object] | frozenset[str]) -> str:
    shown = sorted(word for word in there if "_card_" not in word)
    return f"{', '.join(shown)}{suggest(wanted, shown)}"
