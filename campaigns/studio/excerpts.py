"""Excerpts: the lines around the place where a template is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from campaigns.ground.errors import TemplateError

_AROUND = 3


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A few lines of a file, and which of them is meant.

    Attributes:
        file: from the templates' folder.
        lines: numbers and texts.
    """

    file: str
    line: int
    lines: tuple[tuple[int, str], ...]


def excerpt_of(error: TemplateError, templates: Path) -> Excerpt | None:
    """What an error points at; None where it names no line, or the file is not there."""
    path = (templates / error.file).resolve()
    if not error.line or not path.is_relative_to(templates.resolve()) or not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    first = max(1, error.line - _AROUND)
    return Excerpt(error.file, error.line, tuple(enumerate(lines[first - 1 : error.line + _AROUND], first)))
