"""A campaign's templates for one variant and language, compiled: what is left to do is a join per person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.rendering.cards import CardShelf, cut_cards
from campaigns.rendering.environment import Environment, Script
from campaigns.rendering.names import Vocabulary, check_names
from campaigns.rendering.tags import Masked
from campaigns.rendering.text import squeeze_shell

IN_A_CARD = frozenset({"campaign", "edition", "pick", "sender", "t"})
_WHY_NOT = "cannot stand inside a card: a card is rendered once and shown to everybody"


@dataclass(frozen=True, slots=True)
class Compiled:
    """The four templates.

    Attributes:
        shelves: the cards that `html` and `text` show, by the names that they call them.
    """

    subject: Script
    preheader: Script
    html: Script
    text: Script
    shelves: Mapping[str, CardShelf]


@dataclass(frozen=True, slots=True)
class Body:
    """A body's shell, and its cards."""

    shell: Script
    shelves: Mapping[str, CardShelf]


def compile_body(
    masked: Masked,
    file: str,
    environment: Environment,
    vocabulary: Vocabulary,
    values: Mapping[str, object],
) -> Body:
    """Cut the cards out, compile and check what is left, and them.

    Args:
        masked: the body, as a page or as text, whichever the environment is for.
        file: its file's name, for errors.
        environment: says whether what is printed is escaped.
        vocabulary: what the shell may name.
        values: what is the same for everybody; cards see nothing else but `pick`.

    Raises:
        TemplateError: Jinja cannot read it, or it names what there is not.
    """
    html = environment.autoescape is True
    cut = cut_cards(masked, html=html)
    cards = {name: Script(environment, card, file, values) for name, card in cut.cards.items()}
    for card in cards.values():
        check_names(card, {name: vocabulary.get(name) for name in IN_A_CARD}, _WHY_NOT)
    shell = Script(environment, cut.shell if html else squeeze_shell(cut.shell), file, values)
    check_names(shell, {**vocabulary, **dict.fromkeys(cards)})
    return Body(shell, {name: CardShelf(card, values, html=html) for name, card in cards.items()})
