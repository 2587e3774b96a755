"""What lies in the folder afterwards: a page that fetches nothing, JSON that keeps to its schema, a table."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
from planted import HOUR, SENT, Person, World, delivered, opened, reported

from campaigns.ground.errors import ConfigurationError
from campaigns.report.edition import REPORT
from recsource.engine import Engine

VOID = {"meta", "link", "br", "img", "hr", "input"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as made:
        yield made


def people(names: Sequence[str] = ("control", "treatment")) -> list[Person]:
    """Eighty in each arm, of whom every third opens and every fourth completes."""
    return [
        Person(
            name,
            events=(delivered(), *([opened(SENT + HOUR)] if n % 3 == 0 else [])),
            completed=(SENT + 2 * HOUR,) if n % 4 == 0 else (),
        )
        for name in names
        for n in range(80)
    ]


class Page(HTMLParser):
    """Reads a page strictly enough to see tags that do not match and anything that is fetched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "srcset"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_and_fetches_nothing(engine: Engine, tmp_path: Path) -> None:
    html = reported(engine, World(tmp_path, people())).html.read_text(encoding="utf-8")
    seen = Page(html)
    assert all(address.startswith("#") for address in seen.addresses)
    assert "url(" not in html.replace("url(#", "")
    assert "@import" not in html
    assert {"script", "link", "iframe", "img"}.isdisjoint(seen.tags)
    assert seen.tags.count("svg") >= 4
    assert "{{" not in html
    assert "None" not in seen.text


def test_the_page_shows_the_numbers_and_the_method(engine: Engine, tmp_path: Path) -> None:
    done = reported(engine, World(tmp_path, people(), excluded=["too_few_picks"]))
    text = " ".join(Page(done.html.read_text(encoding="utf-8")).text.split())
    for wanted in (
        "Too early to tell",
        "20 of 80 people",
        "25.00%",
        "Opening happens after the arms have parted",
        "As declared",
        "Too few picks",
        "hybrid score interval",
        "delta method",
        "SELECT variant",
        "Everyone assigned at random",
        "scipy ",
        done.report.manifests["2026-W47"],
    ):
        assert wanted in text


@pytest.mark.parametrize(("flag", "manifest"), [(True, False), (False, True)])
def test_simulated_events_are_labelled_at_the_top(
    engine: Engine, tmp_path: Path, *, flag: bool, manifest: bool
) -> None:
    done = reported(engine, World(tmp_path, people(), simulated=manifest), simulated=flag)
    text = Page(done.html.read_text(encoding="utf-8")).text
    assert (
        -1
        < text.index("Simulated data.")
        < text.index(done.report.verdicts[0].headline, text.index("As of") if "As of" in text else 400)
    )
    assert "simulated data" in done.table.title
    assert json.loads(done.json.read_bytes())["simulated"] is True


def test_real_events_are_not_called_simulated(engine: Engine, tmp_path: Path) -> None:
    done = reported(engine, World(tmp_path, people()))
    assert "imulated" not in done.html.read_text(encoding="utf-8").partition("</style>")[2]


def test_the_same_inputs_and_now_give_the_same_bytes(engine: Engine, tmp_path: Path) -> None:
    world = World(tmp_path, people())
    done = reported(engine, world)
    first = done.html.read_bytes(), done.json.read_bytes()
    reported(engine, world)
    assert (done.html.read_bytes(), done.json.read_bytes()) == first
    assert not list(tmp_path.glob(".*.part"))


def test_the_json_reads_back_as_the_report_and_keeps_to_the_schema_on_file(engine: Engine, tmp_path: Path) -> None:
    done = reported(engine, World(tmp_path, people()))
    content = done.json.read_bytes()
    assert REPORT.validate_json(content) == done.report
    schema = json.loads(files("campaigns.report").joinpath("report.schema.json").read_text())
    conforms(json.loads(content), schema, schema["$defs"])


def test_the_schema_on_file_is_the_reports_own() -> None:
    """A change of the report's shape must show here, and raise `SCHEMA` where it breaks readers."""
    on_file = json.loads(files("campaigns.report").joinpath("report.schema.json").read_text())
    assert on_file == REPORT.json_schema(mode="serialization")


def conforms(value: Any, schema: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """JSON Schema, as much of it as the report's schema uses."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        branch = next(one for one in schema["anyOf"] if (one.get("type") == "null") == (value is None))
        conforms(value, branch, known)
        return
    python = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "null": type(None),
    }
    assert isinstance(value, python[schema["type"]])
    if "enum" in schema:
        assert value in schema["enum"]
    if isinstance(value, dict) and "properties" in schema:
        assert value.keys() == schema["properties"].keys() >= set(schema["required"])
        for key, part in value.items():
            conforms(part, schema["properties"][key], known)
    for part in value if isinstance(value, list) else ():
        conforms(part, schema["items"], known)


def test_the_table_is_rectangular_and_says_the_verdict(engine: Engine, tmp_path: Path) -> None:
    table = reported(engine, World(tmp_path, people())).table
    assert {len(row) for row in table.rows} == {len(table.headings)} == {4}
    assert table.rows[0] == ("Assigned", "80 (100.0%)", "80 (100.0%)", "")
    assert table.notes[0].startswith("Too early to tell. ")


@pytest.mark.parametrize("names", [("only",), ("control", "a", "b")])
def test_one_variant_or_three_make_a_page_too(engine: Engine, tmp_path: Path, names: tuple[str, ...]) -> None:
    done = reported(engine, World(tmp_path, people(names)), names=names)
    Page(done.html.read_text(encoding="utf-8"))
    assert len(done.table.headings) == 1 + len(names) + len(names) - 1


def test_empty_arms_make_a_page_too(engine: Engine, tmp_path: Path) -> None:
    done = reported(engine, World(tmp_path, [Person("control", method="forced")]))
    text = " ".join(Page(done.html.read_text(encoding="utf-8")).text.split())
    assert "Nothing to compare" in text
    assert "nothing to compare" in text


def test_names_from_outside_are_text_and_never_markup(engine: Engine, tmp_path: Path) -> None:
    nasty = "<b>$x^2$</b>"
    done = reported(engine, World(tmp_path, people(("control", nasty))), names=("control", nasty))
    html = done.html.read_text(encoding="utf-8")
    assert nasty not in html
    assert "&lt;b&gt;$x^2$&lt;/b&gt;" in html


def test_the_queries_make_the_same_numbers_again(engine: Engine, tmp_path: Path) -> None:
    done = reported(engine, World(tmp_path, people()))
    script = next(file for file in done.files if file.name == "report.sql").read_text()
    with duckdb.connect() as duck:
        for statement in script.split(";\n"):
            if statement.strip():
                duck.execute(statement)
        for result in done.report.metrics:
            counts = {variant: (count, of) for variant, count, of in duck.execute(result.query).fetchall()}
            assert counts == {arm.variant: (arm.count, arm.of) for arm in result.arms}


def test_slack_gets_the_verdict_and_the_guardrails_in_a_few_lines(engine: Engine, tmp_path: Path) -> None:
    done = reported(engine, World(tmp_path, people()))
    text = next(file for file in done.files if file.suffix == ".md").read_text()
    assert text.startswith("*weekly_winddown 2026-W47*\n*Too early to tell.* ")
    assert "> Guardrail: unsubscribed" in text
    assert len(text.splitlines()) < 15


@pytest.mark.parametrize("library", ["scipy", "matplotlib"])
def test_without_the_extra_it_says_what_to_install(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    world = World(tmp_path, people())
    for name in [name for name in sys.modules if name.startswith(("campaigns.report.", "campaigns.analysis."))]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == library:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ConfigurationError, match=rf"needs {library}.* pip install --editable '.\[report\]'"):
        reported(engine, world)
