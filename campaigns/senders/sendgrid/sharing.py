"""Sharing: the one content that many letters have, and what each of them puts into its gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from campaigns.ground.message import Message
from campaigns.senders.sendgrid.alignment import Alignment, align_markup, align_words

_MOST_MARKUP = 8_000_000  # characters of different strings at one place: finding out more costs more than it saves

Content = Sequence[str | int]
"""Constants, and the numbers of the values between them."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, its personalization without substitutions, and its page in places to be aligned with others'.

    Attributes:
        html: words without markup and pieces of markup in turn, beginning and ending with words.
    """

    message: Message
    personalization: str
    html: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shared:
    """What letters share.

    Attributes:
        values: by letter, its own values, in the order of their numbers.
    """

    text: Content
    html: Content
    values: Sequence[Sequence[str]]

    @property
    def tags(self) -> int:
        """How many values each letter has."""
        return len(self.values[0])


def places(pieces: Sequence[str]) -> Sequence[str]:
    """Pieces as places: words that stand beside each other, such as a greeting and a name, are one."""
    found: list[str] = []
    words: list[str] = []
    for piece in pieces:
        if "<" in piece:
            found += ("".join(words), piece)
            words.clear()
        else:
            words.append(piece)
    return (*found, "".join(words))


def share(letters: Sequence[Letter]) -> Shared:
    """Align letters that have as many places.

    What is the same for all of them is constant; values that are always equal to each other have one number.
    """
    html = [_align(column) for column in zip(*(letter.html for letter in letters), strict=True)]
    text = align_words({letter.message.text for letter in letters})
    varying = [(place, one.gaps) for place, one in enumerate(html) if len(one.constants) > 1]
    rows = []
    for letter in letters:
        row: list[str] = []
        for place, gaps in varying:
            row += gaps[letter.html[place]]
        row += text.gaps[letter.message.text]
        rows.append(row)
    numbers: dict[tuple[str, ...], int] = {}
    resolved = iter([_resolve(column, numbers) for column in zip(*rows, strict=True)])
    page = [part for one in html for part in _content(one, resolved)]
    return Shared(list(_content(text, resolved)), page, list(zip(*numbers, strict=True)) or [()] * len(letters))


def _align(column: Sequence[str]) -> Alignment:
    strings = frozenset(column)
    if len(strings) == 1:
        return Alignment((column[0],), {column[0]: ()})
    has_markup = any("<" in string for string in strings)
    return align_markup(strings) if has_markup and sum(map(len, strings)) <= _MOST_MARKUP else align_words(strings)


def _resolve(column: tuple[str, ...], numbers: dict[tuple[str, ...], int]) -> str | int:
    if column.count(column[0]) == len(column):
        return column[0]
    return numbers.setdefault(column, len(numbers))


def _content(alignment: Alignment, resolved: Iterator[str | int]) -> Iterator[str | int]:
    first, *others = alignment.constants
    yield first
    for constant in others:
        yield next(resolved)
        yield constant
