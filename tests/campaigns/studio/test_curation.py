"""Curated lists in whichever format their table has: one is replaced, the others and their columns stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tiny_campaign import campaign, workspace
from tiny_world import (
    AS_OF,
    EDITION,
    TinyWorld,
    ago,
    chosen,
    collection,
    heard,
    item,
    recommended,
    suppression,
    user,
)

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, GuardError
from campaigns.ports.clock import FixedClock
from campaigns.studio.curation import Curation
from campaigns.studio.data import Data
from campaigns.studio.workshop import Workshop
from recsource.engine import Engine

ITEMS = ("a", "b", "c", "d")
WORLD = TinyWorld(
    items=[*map(item, ITEMS), item("old", published_at=ago(900)), item("z", language="de")],
    collections=[collection("c")],
    suppressions=[suppression("gone@mail.example")],
    users=[user("u"), user("v")],
    interactions=[heard("u", "a"), heard("v", "a", "complete"), heard("v", "a"), heard("u", "a", "favourite")],
    curated=[
        chosen(1, "a") | {"why": "spring"},
        chosen(2, "b") | {"why": None},
        chosen(1, "z", "de") | {"why": "x"},
        chosen(1, "old", edition="2026-W46") | {"why": "y"},
    ],
    lines=[recommended("u", ["a"])],
)


def _nothing(*_: object) -> None:
    raise AssertionError


@contextmanager
def _curation(root: Path, suffix: str = ".csv", curated: str = "") -> Iterator[Curation]:
    """The curation of a tiny workspace."""
    if not (root / "data").exists():
        WORLD.write(root / "data", suffix)
    settings = workspace(suffix)
    data = settings.data.model_copy(update={"curated": curated or settings.data.curated})
    workshop = Workshop(
        root=root,
        settings=settings.model_copy(update={"data": data}),
        edition=Edition.parse("weekly_winddown", EDITION),
        templates=root,
        clock=FixedClock(AS_OF),
        open_engine=Engine,
        read_campaign=campaign,
        compile=_nothing,  # type: ignore[arg-type]
        assemble=_nothing,  # type: ignore[arg-type]
        plan=_nothing,
        check=_nothing,  # type: ignore[arg-type]
        approve=_nothing,  # type: ignore[arg-type]
        send_test=_nothing,  # type: ignore[arg-type]
    )
    opened = Data.open(workshop)
    try:
        yield Curation(workshop, opened)
    finally:
        opened.engine.close()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_a_list_is_replaced_in_its_table_and_nothing_else_is(tmp_path: Path, suffix: str) -> None:
    with _curation(tmp_path, suffix) as curation:
        curation.save("en", ["d", "a"], "Ada", ["a", "b"])
    with _curation(tmp_path, suffix) as curation:
        assert curation.listed("en") == ("d", "a")
        assert curation.listed("de") == ("z",)
        query = "SELECT edition, item_id, why, author, curated_at::VARCHAR FROM curated ORDER BY ALL"
        assert curation.data.engine.rows(query) == [
            ("2026-W46", "old", "y", None, None),
            ("2026-W47", "a", None, "Ada", "2026-11-21 00:00:00"),
            ("2026-W47", "d", None, "Ada", "2026-11-21 00:00:00"),
            ("2026-W47", "z", "x", None, None),
        ]
    assert not [*(tmp_path / "data").glob(".*")]


def test_candidates_say_what_they_have_earned(tmp_path: Path) -> None:
    with _curation(tmp_path) as curation:
        found = {one.item_id: one for one in curation.candidates("en", AS_OF, timedelta(days=14))}
    assert found.keys() == {*ITEMS}
    assert (found["a"].listeners, found["a"].completed, found["a"].favourites) == (2, 1, 1)
    assert (found["b"].listeners, found["b"].completed, found["b"].favourites) == (0, 0, 0)


def test_what_is_listed_is_a_candidate_however_old_it_is(tmp_path: Path) -> None:
    with _curation(tmp_path) as curation:
        curation.save("en", ["old"], "Ada", ["a", "b"])
        assert "old" in {one.item_id for one in curation.candidates("en", AS_OF, timedelta(days=14))}


@pytest.mark.parametrize("items", [["a", "a"], ["nowhere"], ["a"] * 51])
def test_an_impossible_list_is_refused(tmp_path: Path, items: list[str]) -> None:
    with _curation(tmp_path) as curation, pytest.raises(ConfigurationError):
        curation.save("en", items, "Ada", ["a", "b"])


def test_a_table_of_several_files_is_not_changed(tmp_path: Path) -> None:
    WORLD.write(tmp_path / "data", ".csv")
    first, second = tmp_path / "data" / "curated.csv", tmp_path / "data" / "curated-2.csv"
    second.write_text("edition,language,position,item_id,why\n2026-W45,en,1,a,q\n")
    before = first.read_bytes()
    with (
        _curation(tmp_path, curated="data/curated*.csv") as curation,
        pytest.raises(ConfigurationError, match="2 files"),
    ):
        curation.save("en", ["c"], "Ada", ["a", "b"])
    assert first.read_bytes() == before


@given(st.lists(st.one_of(st.none(), st.lists(st.sampled_from(ITEMS), unique=True)), max_size=6))
@examples(max_examples=15)
def test_undoing_goes_back_through_every_change(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[list[str] | None]
) -> None:
    """None undoes; a stack of lists is the oracle."""
    with _curation(tmp_path_factory.mktemp("w")) as curation:
        stack: list[tuple[str, ...]] = [("a", "b")]
        for step in steps:
            if step is not None:
                curation.save("en", step, "Ada", curation.listed("en"))
                stack.append(tuple(step))
            elif len(stack) > 1:
                curation.undo("en", "Bo")
                stack.pop()
            else:
                with pytest.raises(ConfigurationError):
                    curation.undo("en", "Bo")
            assert curation.listed("en") == stack[-1]


def test_a_list_that_somebody_else_changed_is_not_overwritten(tmp_path: Path) -> None:
    with _curation(tmp_path) as curation:
        curation.save("en", ["c"], "Ada", ["a", "b"])
        with pytest.raises(GuardError):
            curation.save("en", ["d"], "Bo", ["a", "b"])
        assert curation.listed("en") == ("c",)
