"""Jinja tags behind masks: plain words that MJML, CSS and HTML tools carry through untouched.

premailer percent-encodes `{{ }}` inside `href`, HTML parsers move text that stands between table rows, and
text extraction folds white space. A mask of letters and digits survives all of them, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.ground.errors import TemplateError
from campaigns.rendering.sources import Origin, Source

_QUOTED = r""""[^"\n]*"|'[^'\n]*'"""
TAG = re.compile(rf"\{{\{{(?:{_QUOTED}|(?!\}}\}}).)*\}}\}}|\{{%(?:{_QUOTED}|(?!%\}}).)*%\}}", re.DOTALL)
"""An expression `{{ … }}` or a statement `{% … %}`."""

MASK = re.compile(r"xqj(\d{5})jqx")
_STATEMENT = re.compile(r"\{%[-+]?\s*(?P<keyword>\w+)\s*(?P<rest>.*?)\s*[-+]?%\}", re.DOTALL)
_OPENING = re.compile(r"\{[{%][-+]?")


@dataclass(frozen=True, slots=True)
class Tag:
    """One Jinja tag and where it was written.

    Attributes:
        written: what was written, where something else is compiled in its place.
    """

    text: str
    origin: Origin
    written: str = ""

    def error(self, sentence: str) -> TemplateError:
        """A TemplateError about this tag."""
        return self.origin.error(f"{' '.join((self.written or self.text).split())}: {sentence}")

    @property
    def keyword(self) -> str:
        """`if`, `for`, `endcard`…; nothing for an expression."""
        found = _STATEMENT.fullmatch(self.text)
        return found["keyword"] if found else ""

    @property
    def rest(self) -> str:
        """What follows the keyword of a statement."""
        found = _STATEMENT.fullmatch(self.text)
        return found["rest"] if found else ""


@dataclass(frozen=True, slots=True)
class Masked:
    """Text with a mask in place of every tag; the mask's number is the tag's index."""

    text: str
    tags: tuple[Tag, ...]

    def with_text(self, text: str) -> Masked:
        """The same tags in another text."""
        return Masked(text, self.tags)

    def used(self) -> list[Tag]:
        """The tags in the order of the text."""
        return [self.tags[int(found[1])] for found in MASK.finditer(self.text)]


@dataclass(frozen=True, slots=True)
class Jinja:
    """Jinja source, in which every tag has a line of its own.

    Attributes:
        origins: of each line, from 1; the first tag stands on line 2.
    """

    text: str
    tags: Sequence[Tag]
    lines: Sequence[int]

    def tag_at(self, line: int) -> Tag | None:
        """The tag on a line of `text`, or the last before it."""
        before = [tag for tag, start in zip(self.tags, self.lines, strict=True) if start <= line]
        return before[-1] if before else None


def mask_of(index: int) -> str:
    """The mask of the tag with this index; always as long, so that none begins another."""
    return f"xqj{index:05d}jqx"


def mask(source: Source) -> Masked:
    """Replace every tag of a source."""
    tags: list[Tag] = []

    def replace(found: re.Match[str]) -> str:
        tags.append(Tag(found[0], source.origin_at(found.start())))
        return mask_of(len(tags) - 1)

    return Masked(TAG.sub(replace, source.text), tuple(tags))


def unmask(masked: Masked) -> Jinja:
    """Put the tags back.

    Inside a tag a line break prints nothing. One at the start of each gives every tag lines of its own, so
    that the line in Jinja's own errors leads back to the line that somebody wrote.
    """
    parts: list[str] = []
    lines: list[int] = []
    line, done = 1, 0
    for found in MASK.finditer(masked.text):
        text = masked.text[done : found.start()]
        tag = _OPENING.sub(lambda opening: opening[0] + "\n", masked.tags[int(found[1])].text, count=1)
        lines.append(line + text.count("\n") + 1)
        line += text.count("\n") + tag.count("\n")
        parts += [text, tag]
        done = found.end()
    return Jinja("".join([*parts, masked.text[done:]]), masked.used(), lines)
