"""The lines around a template's mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.ground.errors import TemplateError
from campaigns.rendering.sources import TemplateFiles
from campaigns.rendering.strings import load_strings
from campaigns.studio.excerpts import excerpt_of


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A templates' folder with one file of nine lines."""
    (tmp_path / "weekly" / "strings").mkdir(parents=True)
    (tmp_path / "weekly" / "body.mjml").write_text("".join(f"line {n}\n" for n in range(1, 10)))
    return tmp_path


@pytest.mark.parametrize(("line", "first", "last"), [(1, 1, 4), (5, 2, 8), (9, 6, 9)])
def test_three_lines_stand_before_and_after(templates: Path, line: int, first: int, last: int) -> None:
    excerpt = excerpt_of(TemplateError("wrong", file="weekly/body.mjml", line=line), templates)
    assert excerpt is not None
    assert excerpt.lines == tuple((n, f"line {n}") for n in range(first, last + 1))


@pytest.mark.parametrize(
    ("file", "line"), [("", 0), ("weekly/body.mjml", 0), ("weekly/none", 1), ("../secret", 1)]
)
def test_what_names_no_place_in_the_folder_has_no_excerpt(templates: Path, file: str, line: int) -> None:
    (templates.parent / "secret").write_text("secret")
    assert excerpt_of(TemplateError("wrong", file=file, line=line), templates) is None


@pytest.mark.parametrize(("text", "line"), [('a = "x"\nb = = 1\nc = "y"\n', 2), ('a = "x"\nb =', 2)])
def test_strings_that_are_no_toml_name_their_line(templates: Path, text: str, line: int) -> None:
    (templates / "weekly" / "strings" / "en.toml").write_text(text)
    with pytest.raises(TemplateError) as raised:
        load_strings(TemplateFiles(templates / "weekly"), "en")
    assert (raised.value.file, raised.value.line) == ("weekly/strings/en.toml", line)
