"""Lists are read out of `.out` files, whichever source wrote them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from recsource.batch import Batch
from recsource.engine import Engine
from recsource.evaluation.held_out import hold_out
from recsource.evaluation.reading import read_lists

HELD_OUT = hold_out([("a", "x"), ("b", "y"), ("c", "z")], ["w", "x", "y", "z"])


def _line(user_id: str, items: list[str], error: str | None = None) -> str:
    output = None if error else {"recommendedItems": items, "scores": [0.1] * len(items)}
    return json.dumps({"input": {"userId": user_id}, "output": output, "error": error}) + "\n"


def _read(path: Path, heard: list[tuple[str, str]], places: int) -> list[list[int]]:
    with Engine(threads=2) as engine:
        batch = Batch((path,), datetime(2026, 11, 24, tzinfo=UTC))
        found: list[list[int]] = read_lists(engine, batch, HELD_OUT, heard, places).tolist()
    return found


def test_lists_keep_their_order_without_what_was_heard_or_is_no_candidate(tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl.out"
    path.write_text(_line("b", ["z", "elsewhere", "y", "x", "w"]) + _line("nobody", ["x"]) + _line("a", ["x"]))
    assert _read(path, [("b", "y")], 2) == [[1, -1], [3, 1], [-1, -1]]


def test_lines_of_errors_and_broken_lines_give_no_list(tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl.out"
    path.write_text(_line("a", [], error="no") + _line("b", ["y"])[:-20] + "\n" + _line("c", ["z"]))
    assert _read(path, [], 2) == [[-1, -1], [-1, -1], [3, -1]]


def test_a_persons_second_line_does_not_give_an_item_twice(tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl.out"
    path.write_text(_line("a", ["x", "w"]) + _line("a", ["y", "x"]))
    assert sorted(_read(path, [], 4)[0]) == [-1, 0, 1, 2]
