"""Alignment: what several strings have in common, and what each of them has in between.

    >>> rain, train = '<a href="/1" style="color:blue">Rain</a>', '<a href="/22" style="color:blue">Train</a>'
    >>> aligned = align_markup(frozenset({rain, train}))
    >>> aligned.constants
    ('<a href="/', '" style="color:blue">', 'ain</a>')
    >>> aligned.gaps[train]
    ('22', 'Tr')

Pages made from one template differ in a few words and links. Found out from the strings alone, it does not matter
which template they came from, or whether an `{% if %}` in it went this way or that. Nothing here can go wrong by
an unlucky match: whatever is taken for common, each string is its gaps with the constants in between, exactly.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from os.path import commonprefix

_TOKEN = re.compile(r'[^<>"]*[<>"]|[^<>"]+')  # a tag's name, an attribute's value, a run of words
_WORTH_IT = 12  # characters: a constant shorter than that costs less within a gap than a further gap would


@dataclass(frozen=True, slots=True)
class Alignment:
    """Strings, taken apart together.

    Attributes:
        constants: what they have in common: one more than there are gaps.
        gaps: by string, what it has between them; as many for each.
    """

    constants: Sequence[str]
    gaps: Mapping[str, Sequence[str]]


@lru_cache(maxsize=64)  # the cards of a place are often the same from batch to batch
def align_markup(strings: frozenset[str]) -> Alignment:
    """Take pieces of pages apart; see the module."""
    first, *others = sorted(map(str, strings))
    constants: Sequence[str] = (first,)
    for other in others:
        if _gaps(constants, other) is None:
            constants = _common(constants, other)
    constants = _worthy(constants)
    return _trimmed(constants, {string: _gaps(constants, string) or () for string in (first, *others)})


def align_words(strings: Collection[str]) -> Alignment:
    """Take words without markup apart: what they begin and end with alike, and one gap."""
    start, end = _edges(list(strings))
    middle = slice(len(start), -len(end) or None)
    return Alignment((start, end), {string: (string[middle],) for string in strings})


@lru_cache(maxsize=8192)  # a card stands at several places, and comes back in the next batch
def _gaps(constants: Sequence[str], string: str) -> Sequence[str] | None:
    """What a string has between the constants, each taken as early as can be; None if it has not all of them."""
    if len(constants) == 1:
        return () if string == constants[0] else None
    first, *middle, last = constants
    at, end = len(first), len(string) - len(last)
    if at > end or not string.startswith(first) or not string.endswith(last):
        return None
    gaps = []
    for constant in middle:
        found = string.find(constant, at, end)
        if found < 0:
            return None
        gaps.append(string[at:found])
        at = found + len(constant)
    return (*gaps, string[at:end])


@lru_cache(maxsize=256)
def _common(constants: Sequence[str], string: str) -> Sequence[str]:
    """What of the constants the string has too, by tokens; all that fitted the constants fits these."""
    pattern: list[str | None] = []
    for constant in constants:
        pattern += (*_TOKEN.findall(constant), None)  # a gap is like nothing
    pattern.pop()
    own = _TOKEN.findall(string)
    *blocks, end = SequenceMatcher(None, pattern, own, autojunk=False).get_matching_blocks()
    common = ["".join(own[block.b : block.b + block.size]) for block in blocks]
    at_the_start = bool(blocks) and blocks[0].a == blocks[0].b == 0
    at_the_end = bool(blocks) and (blocks[-1].a, blocks[-1].b) == (
        end.a - blocks[-1].size,
        end.b - blocks[-1].size,
    )
    return (*([] if at_the_start else [""]), *common, *([] if at_the_end else [""]))


def _worthy(constants: Sequence[str]) -> Sequence[str]:
    if len(constants) == 1:
        return constants
    first, *middle, last = constants
    return (first, *(constant for constant in middle if len(constant) >= _WORTH_IT), last)


def _trimmed(constants: Sequence[str], gaps: Mapping[str, Sequence[str]]) -> Alignment:
    """What all the gaps at a place begin or end with goes into the constants beside it."""
    edges = [_edges(column) for column in zip(*gaps.values(), strict=True)]
    ends = ["", *(end for _, end in edges)]
    starts = [*(start for start, _ in edges), ""]
    middles = [slice(len(start), -len(end) or None) for start, end in edges]
    return Alignment(
        tuple(end + constant + start for end, constant, start in zip(ends, constants, starts, strict=True)),
        {string: tuple(gap[m] for gap, m in zip(own, middles, strict=True)) for string, own in gaps.items()},
    )


def _edges(strings: Sequence[str]) -> tuple[str, str]:
    """What all of them begin with, and what the rests of all of them end with."""
    start = commonprefix([min(strings), max(strings)])  # noqa: RUF071  strings, not paths: characters it is
    rests = [string[len(start) :] for string in strings]
    end = rests[0]
    for rest in rests:
        while not rest.endswith(end):
            end = end[1:]
    return start, end
