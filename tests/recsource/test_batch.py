"""A batch: every sort of bad line is counted as what it is, and too much of it, or too old a batch, is refused."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from picking import Picker
from random_worlds import read_rules
from tiny_world import AS_OF, TinyWorld, item, recommended, user

from recsource.batch import (
    LONGEST_LINE,
    Batch,
    BatchCounts,
    find_batch,
    require_coverage,
    require_fresh,
    require_sound,
)
from recsource.errors import BatchRefusedError, InputError

GOOD = recommended("u", ["a", "b"])
NOTHING = BatchCounts(*[0] * len(fields(BatchCounts)))


def _counts(picker: Picker, *files: str | bytes) -> dict[str, int]:
    """The counts that are not zero; of the users the last is not eligible."""
    world = TinyWorld(items=[item("a"), item("b")], users=[user("u"), user("v"), user("5"), user("out")])
    world.make_tables(picker.engine)
    picker.engine.load("eligible", {"user_id": "VARCHAR", "email_language": "VARCHAR"}, [(u, "en") for u in "uv5"])
    paths = [picker.folder / f"{n}.out" for n in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    _, counts = picker.pick_from(Batch(tuple(paths), AS_OF), read_rules([{"rule": "take", "slots": 1}]))
    return {name: n for name, n in asdict(counts.batch).items() if n}


def test_a_good_line_offers_its_items(picker: Picker) -> None:
    assert _counts(picker, GOOD) == {"lines": 1, "offered": 1, "pairs": 2}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("not json", "unreadable"),
        ("[]", "unreadable"),
        ("7", "unreadable"),
        ("null", "unreadable"),
        (GOOD + GOOD, "unreadable"),
        (GOOD[:-1], "unreadable"),
        (GOOD + " and more", "unreadable"),
        ('{"input": "u", "output": {"recommendedItems": ["a"]}, "error": null}', "unreadable"),
        ('{"userId": "u", "recommendedItems": ["a"]}', "unreadable"),
        ('{"input": {"userId": "u"}, "output": {"recommendedItems": "a"}, "error": null}', "unreadable"),
        ('{"input": {"userId": "u"}, "output": {"items": ["a"]}, "error": null}', "unreadable"),
        ('{"input": {"userId": "\\ud800"}, "output": {"recommendedItems": ["a"]}}', "unreadable"),
        ('{"input": {"userId": "u"}, "output": null, "error": "no such user"}', "errors"),
        ('{"input": {"userId": "u"}, "output": null, "error": {"code": 4, "message": "x"}}', "errors"),
        ('{"input": {"userId": "u"}, "output": {"recommendedItems": ["a"]}, "error": ""}', "errors"),
        ('{"input": {"userId": "who"}, "output": null, "error": "no such user"}', "errors"),
        (recommended("who", ["a"]), "unknown_users"),
        (recommended("U", ["a"]), "unknown_users"),
        (recommended("who", []), "unknown_users"),
        (recommended("v", []), "empty"),
        ('{"input": {"userId": "v"}, "output": null, "error": null}', "empty"),
        ('{"input": {"userId": "v"}}', "empty"),
        (recommended("out", []), "empty"),
        (recommended("out", ["a", "stranger"]), "ineligible"),
    ],
)
@pytest.mark.parametrize("first", ["bad", "good"])
def test_a_bad_line_is_counted_as_what_it_is_and_spoils_no_other(
    picker: Picker, line: str, kind: str, first: str
) -> None:
    content = f"{line}\n{GOOD}\n" if first == "bad" else f"{GOOD}\n{line}\n"
    assert _counts(picker, content) == {"lines": 2, kind: 1, "offered": 1, "pairs": 2}


@pytest.mark.parametrize("cut", [1, 20, 50, len(GOOD) - 1])
def test_a_last_line_that_was_cut_off_is_unreadable(picker: Picker, cut: int) -> None:
    other = recommended("v", ["a"])
    assert _counts(picker, f"{other}\n{GOOD[:cut]}") == {"lines": 2, "unreadable": 1, "offered": 1, "pairs": 1}


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\n",
        b"\0\0\0\n",
        b'{"input": {"userId": "\xff"}}\n',
        b'{"input":' + b"x" * 2 * LONGEST_LINE + b"\n",
    ],
    ids=["not utf-8", "zeros", "not utf-8 in a name", "too long"],
)
def test_bytes_that_are_no_text_are_an_unreadable_line(picker: Picker, line: bytes) -> None:
    counts = _counts(picker, line + GOOD.encode())
    assert counts == {"lines": 2, "unreadable": 1, "offered": 1, "pairs": 2}


def test_blank_lines_and_windows_line_ends_are_nothing_bad(picker: Picker) -> None:
    assert _counts(picker, f"\n\n{GOOD}\r\n\r\n") == {"lines": 1, "offered": 1, "pairs": 2}


def test_ids_that_are_numbers_are_read_as_their_digits(picker: Picker) -> None:
    line = '{"input": {"userId": 5}, "output": {"recommendedItems": [1, "a", null]}, "error": null}'
    assert _counts(picker, line) == {"lines": 1, "offered": 1, "pairs": 3, "unknown_items": 2}


def test_a_persons_further_lines_are_counted_as_duplicated_in_one_file_or_in_several(picker: Picker) -> None:
    twice = recommended("u", ["b"])
    expected = {"lines": 3, "offered": 1, "duplicated": 2, "pairs": 4}
    assert _counts(picker, f"{GOOD}\n{twice}\n{twice}\n") == expected
    assert _counts(picker, GOOD, f"{twice}\n{twice}\n") == expected


def test_a_batch_of_500_long_ids_is_read(picker: Picker) -> None:
    scores = [0.123456789012345] * 500
    items = [f"{n:0256}" for n in range(500)]
    line = {"input": {"userId": "u"}, "output": {"recommendedItems": items, "scores": scores}, "error": None}
    assert _counts(picker, json.dumps(line)) == {"lines": 1, "offered": 1, "pairs": 500, "unknown_items": 500}


def test_an_empty_file_has_no_lines(picker: Picker) -> None:
    assert _counts(picker, "") == {}


def test_the_batch_is_every_out_file_of_a_folder_but_not_what_lies_beside(tmp_path: Path) -> None:
    folder = tmp_path / "recommendations"
    (folder / "deeper").mkdir(parents=True)
    wanted = [folder / "a.json.out", folder / "b.json.out", folder / "deeper" / "c.out"]
    for path in (*wanted, folder / "_CHECK", folder / "a.json", folder / "notes.out.txt"):
        path.write_text(GOOD)
    oldest = datetime(2026, 11, 20, 6, tzinfo=UTC)
    for path in wanted:
        os.utime(path, (0, oldest.timestamp()))
    assert find_batch("recommendations", tmp_path) == Batch(tuple(wanted), oldest)
    assert find_batch(str(folder), tmp_path / "elsewhere").files == tuple(wanted)
    assert find_batch("recommendations/*.out", tmp_path).files == tuple(wanted[:2])
    assert find_batch(f"{folder}/b*", tmp_path / "elsewhere").files == (wanted[1],)
    assert find_batch("recommendations/a.json", tmp_path).files == (folder / "a.json",)


@pytest.mark.parametrize("pattern", ["recommendations", "recommendations/*.out", "", "/nowhere/*.out", "a**b"])
def test_a_batch_that_is_not_there_is_said_to_be_missing(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "recommendations").mkdir()
    (tmp_path / "recommendations" / "_CHECK").touch()
    with pytest.raises(InputError) as caught:
        find_batch(pattern, tmp_path)
    assert str(caught.value).startswith(f"recommendations: no file ending in .out under {pattern!r} in {tmp_path}")


def test_a_batch_that_is_too_old_is_refused() -> None:
    batch = Batch((Path("data/week-46.out"),), AS_OF - timedelta(days=5, hours=12))
    require_fresh(batch, timedelta(days=5.5), AS_OF)
    with pytest.raises(BatchRefusedError) as caught:
        require_fresh(batch, timedelta(days=4), AS_OF)
    assert str(caught.value) == (
        "recommendations: week-46.out was written 2026-11-15 12:00 UTC, 5.5 days ago; the campaign's "
        "`max_age_days` allows 4; infer a new batch"
    )


def test_a_batch_with_too_many_bad_lines_is_refused_with_their_sorts() -> None:
    counts = replace(
        NOTHING, lines=100, unreadable=2, errors=3, unknown_users=4, duplicated=1, empty=5, ineligible=9
    )
    require_sound(counts, 0.15)
    with pytest.raises(BatchRefusedError) as caught:
        require_sound(counts, 0.149)
    assert str(caught.value) == (
        "recommendations: 15 of 100 lines are bad (unreadable: 2, errors: 3, unknown users: 4, duplicated: 1, "
        "empty: 5); the campaign's `max_bad_share` allows 14.9%; look at the batch inference job and the "
        "catalogue's export"
    )


@given(st.integers(2, 300), st.integers(2, 300))
def test_a_batch_with_too_many_unknown_items_is_refused_for_its_items(lines: int, pairs: int) -> None:
    counts = replace(NOTHING, lines=lines, offered=lines, pairs=pairs, unknown_items=pairs // 2)
    require_sound(counts, 0.5)
    with pytest.raises(
        BatchRefusedError, match=f"{pairs // 2} of {pairs} recommended items are bad .they name items"
    ):
        require_sound(counts, 0.1)


def test_a_batch_is_as_old_as_its_oldest_file_which_is_named(tmp_path: Path) -> None:
    folder, now = tmp_path / "recommendations", datetime(2026, 11, 20, 6, tzinfo=UTC)
    folder.mkdir()
    for name, days in (("a.out", 1), ("b.out", 50), ("c.out", 0)):
        (folder / name).write_text(GOOD)
        os.utime(folder / name, (0, (now - timedelta(days=days)).timestamp()))
    batch = find_batch("recommendations", tmp_path)
    assert batch.files[0].name == "b.out"
    with pytest.raises(BatchRefusedError, match=r"b\.out was written 2026-10-01 .* 50 days ago"):
        require_fresh(batch, timedelta(days=4), now)


@pytest.mark.parametrize(("offered", "eligible"), [(0, 10), (4, 10), (0, 1)])
def test_a_batch_that_leaves_too_many_out_is_refused(offered: int, eligible: int) -> None:
    counts = replace(NOTHING, lines=offered, offered=offered)
    with pytest.raises(BatchRefusedError, match=f"{offered} of {eligible} .* `min_coverage` wants 50%"):
        require_coverage(counts, eligible, 0.5)


@pytest.mark.parametrize(("offered", "eligible"), [(5, 10), (10, 10), (0, 0)])
def test_a_batch_that_leaves_few_out_will_do(offered: int, eligible: int) -> None:
    require_coverage(replace(NOTHING, lines=offered, offered=offered), eligible, 0.5)
