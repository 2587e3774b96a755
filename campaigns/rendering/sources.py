"""Template files as lines that remember where they came from, so that an error can say so."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import accumulate
from pathlib import Path

from campaigns.ground.errors import TemplateError

_INCLUDE = re.compile(r"<mj-include\b(?P<attributes>[^>]*?)(?:/>|>\s*</mj-include>)")
_ATTRIBUTE = r"""\b{}\s*=\s*(["'])(?P<value>.*?)\1"""
_PATH, _TYPE, _CSS_INLINE = (re.compile(_ATTRIBUTE.format(name)) for name in ("path", "type", "css-inline"))
_AROUND = {
    "mjml": ("", ""),
    "html": ("<mj-raw>", "</mj-raw>"),
    "css": ("<mj-style>", "</mj-style>"),
    "css, inlined": ('<mj-style inline="inline">', "</mj-style>"),
}
"""What stands around an included file of each type."""
# Authors' notes are not for readers. Outlook's conditional comments are code, and stay.
_NOTE = re.compile(r"<!--(?!\s*\[if\b|\s*<!\[endif\]|>).*?-->|\{#.*?#\}", re.DOTALL)
_JINJA_NOTE = re.compile(r"\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Origin:
    """A line of a file, named from the templates' root, as an editor would open it."""

    file: str
    line: int

    def error(self, sentence: str) -> TemplateError:
        """A TemplateError that begins with this place."""
        return TemplateError(f"{self.file}, line {self.line}: {sentence}", file=self.file, line=self.line)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an assembled template."""

    text: str
    origin: Origin


class Source:
    """An assembled template: its text, and the origin of each of its lines."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self.lines = lines
        self.text = "\n".join(line.text for line in lines)
        self._starts = list(accumulate((len(line.text) + 1 for line in lines), initial=0))[:-1]

    def origin_at(self, offset: int) -> Origin:
        """Where the character at `offset` of `text` was written."""
        return self.lines[bisect_right(self._starts, offset) - 1].origin

    def with_lines(self, change: Callable[[Line], str]) -> Source:
        """The same lines with other texts."""
        return Source(tuple(Line(change(line), line.origin) for line in self.lines))

    def with_text(self, text: str) -> Source:
        """Another text, of as many lines, that were written in the same places."""
        lines = zip(text.split("\n"), self.lines, strict=True)
        return Source(tuple(Line(text, line.origin) for text, line in lines))


class TemplateFiles:
    """Reads the files of a campaign folder and its neighbours, and keeps account of them for the hash.

    Nothing outside the folder's parent, the templates' root, can be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._root = self.folder.parent
        self._read: dict[str, bytes] = {}

    def name(self, path: Path) -> str:
        """The file's name from the templates' root, such as `shared/card.mjml`."""
        return path.relative_to(self._root).as_posix()

    def read(self, path: Path) -> str:
        """A file's text.

        Raises:
            TemplateError: it is missing, unreadable, or not UTF-8.
        """
        name = self.name(path)
        try:
            data = path.read_bytes()
            text = data.decode("utf-8")
        except FileNotFoundError:
            raise TemplateError(f"{name}: no such file; {self._neighbours(path)}") from None
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise Origin(name, line).error("not UTF-8; save the file as UTF-8") from None
        except OSError as error:
            raise TemplateError(f"{name}: cannot be read: {error.strerror}") from error
        self._read[name] = data
        return text.replace("\r\n", "\n")

    def plain(self, path: Path) -> Source:
        """A text template, without its Jinja comments."""
        return self._source(path, _JINJA_NOTE)

    def mjml(self, path: Path) -> Source:
        """An MJML template with its includes in place, without its comments."""
        return Source(tuple(self._include(path, ())))

    def hash(self) -> str:
        """SHA-256 over the name and bytes of every file read so far, in the order of names."""
        digest = hashlib.sha256()
        for name, data in sorted(self._read.items()):
            digest.update(f"{name}\0{len(data)}\0".encode())
            digest.update(data)
        return digest.hexdigest()

    def _source(self, path: Path, note: re.Pattern[str]) -> Source:
        text = note.sub(lambda found: "\n" * found[0].count("\n"), self.read(path))
        name = self.name(path)
        return Source(tuple(Line(line, Origin(name, n)) for n, line in enumerate(text.split("\n"), 1)))

    def _include(self, path: Path, parents: tuple[Path, ...]) -> Iterator[Line]:
        source = self._source(path, _NOTE)
        done = 0
        for found in _INCLUDE.finditer(source.text):
            origin = source.origin_at(found.start())
            before, after = _around(found["attributes"], origin)
            yield from self._between(source, done, found.start())
            yield Line(before, origin)
            yield from self._include(self._target(found, origin, (*parents, path)), (*parents, path))
            yield Line(after, origin)
            done = found.end()
        yield from self._between(source, done, len(source.text))

    @staticmethod
    def _between(source: Source, start: int, end: int) -> Iterator[Line]:
        offset = start
        for text in source.text[start:end].split("\n"):
            yield Line(text, source.origin_at(offset))
            offset += len(text) + 1

    def _target(self, found: re.Match[str], origin: Origin, parents: tuple[Path, ...]) -> Path:
        path = _PATH.search(found["attributes"])
        if not path:
            raise origin.error('mj-include has no path; write <mj-include path="../shared/card.mjml"/>')
        target = (parents[-1].parent / path["value"]).resolve()
        if not target.is_relative_to(self._root):
            raise origin.error(f"mj-include path {path['value']!r} leads out of the templates' folder")
        if target in parents:
            raise origin.error(f"mj-include path {path['value']!r} includes itself")
        if not target.is_file():
            raise origin.error(f"mj-include path {path['value']!r}: no such file; {self._neighbours(target)}")
        return target

    def _neighbours(self, path: Path) -> str:
        if not path.parent.is_dir():
            return f"nor is there a folder {path.parent.name!r}"
        there = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
        return f"{path.parent.name}/ has {', '.join(there) or 'no files'}{suggest(path.name, there)}"


def _around(attributes: str, origin: Origin) -> tuple[str, str]:
    """An included file's type is `mjml` unless it says `html` or `css`; the latter may be inlined."""
    found, inlined = _TYPE.search(attributes), _CSS_INLINE.search(attributes)
    kind = found["value"] if found else "mjml"
    if kind not in {"mjml", "html", "css"}:
        raise origin.error(f"mj-include type {kind!r}: wanted mjml, html or css")
    return _AROUND["css, inlined" if kind == "css" and inlined and inlined["value"] == "inline" else kind]


def suggest(wanted: str, there: list[str]) -> str:
    """A half-sentence naming the closest of `there`, or nothing."""
    close = get_close_matches(wanted, there, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
