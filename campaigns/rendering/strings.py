"""Phase one: `[[ t.key ]]` becomes the language's own words, once, before anything is compiled."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from campaigns.ground.errors import TemplateError
from campaigns.rendering.sources import Line, Source, TemplateFiles, suggest
from campaigns.rendering.tags import TAG

_REFERENCE = re.compile(r"\[\[(?P<inside>.*?)\]\]")
_KEY = re.compile(r"\s*t\.(?P<key>[\w.]+)\s*")
_LINE = re.compile(r"\(at line (\d+)")
_LINE_BREAKS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Strings:
    """One language's strings.

    Attributes:
        file: where they were read from, for errors.
        table: the TOML tables; templates read it as `t` at run time.
    """

    language: str
    file: str
    table: Mapping[str, object]

    def fill(self, source: Source, *, escaped: bool) -> Source:
        """Put the strings in: escaped for MJML, and then too `{{ … }}` inside a string stays as it is.

        Raises:
            TemplateError: a key is missing, or what stands between the brackets is no key.
        """
        return source.with_lines(
            lambda line: _REFERENCE.sub(lambda found: self._value(found, line, escaped=escaped), line.text)
        )

    def _value(self, found: re.Match[str], line: Line, *, escaped: bool) -> str:
        key = _KEY.fullmatch(found["inside"])
        if not key:
            raise line.origin.error(f"{found[0]!r} is not a string's name; write [[ t.key ]]")
        value = self._look_up(key["key"], line)
        # A value's line breaks would shift every line below it; in HTML they are spaces anyway.
        return _LINE_BREAKS.sub(" ", escape_around_tags(value)) if escaped else value

    def _look_up(self, key: str, line: Line) -> str:
        value: object = self.table
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if isinstance(value, str):
            return value
        what = "is a table, not a string" if isinstance(value, Mapping) else "is missing"
        keys = sorted(_keys(self.table))
        raise line.origin.error(
            f"[[ t.{key} ]]: the {self.language!r} string {key!r} {what} in {self.file}; "
            f"there is {', '.join(keys)}{suggest(key, keys)}"
        )


def load_strings(files: TemplateFiles, language: str) -> Strings:
    """A language's words: those of the shared parts, and over them the campaign's own.

    The shared parts' lie beside them, in `shared/strings/<language>.toml`. A campaign must have a file of its own,
    `strings/<language>.toml`; a key that both have is said its way.

    Raises:
        TemplateError: the campaign has no such file, one is not TOML, or a value is not a string.
    """
    own = files.folder / "strings" / f"{language}.toml"
    shared = files.folder.parent / "shared" / "strings" / own.name
    table, places = _read(files, own), files.name(own)
    if shared.is_file():
        table, places = _over(_read(files, shared), table), f"{places} and {files.name(shared)}"
    return Strings(language, places, {"language": language, **table})


def _read(files: TemplateFiles, path: Path) -> dict[str, object]:
    text = files.read(path)
    try:
        table: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise TemplateError(
            f"{files.name(path)}: not valid TOML: {error}", file=files.name(path), line=line
        ) from error
    for key in _keys(table):
        if key.endswith("?"):
            raise TemplateError(f"{files.name(path)}: {key[:-1]!r} must be a string in quotes, or a table")
    return table


def _over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Both tables' keys, and those of their tables; where both have one, it is the one above."""
    merged = {**below, **above}
    for key in below.keys() & above.keys():
        one, other = below[key], above[key]
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            merged[key] = _over(one, other)
    return merged


def escape_around_tags(text: str) -> str:
    """Escape text for HTML, but not the Jinja tags in it."""
    done, parts = 0, []
    for found in TAG.finditer(text):
        parts += [html.escape(text[done : found.start()]), found[0]]
        done = found.end()
    return "".join([*parts, html.escape(text[done:])])


def _keys(table: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """Every string's dotted key; one that is neither string nor table ends in a question mark."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}" if isinstance(value, str) else f"{prefix}{key}?"
