"""What every storage promises, whether it is a folder or a bucket."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsource.errors import StorageError
from recsource.ports import Storage


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "given.bin"
    path.write_bytes(b"\0\xff\r\n" * 1_000)
    return path


def test_a_file_comes_back_as_it_was_put(storage: Storage, file: Path, tmp_path: Path) -> None:
    storage.put(file, "runs/r1/a.bin")
    storage.get("runs/r1/a.bin", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == file.read_bytes()


def test_a_file_larger_than_one_part_comes_back_as_it_was_put(storage: Storage, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(1_000_000) * 18)
    storage.put(large, "large.bin")
    storage.get("large.bin", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == large.read_bytes()


def test_putting_and_getting_replace_what_was_there(storage: Storage, file: Path, tmp_path: Path) -> None:
    storage.put(file, "a")
    file.write_bytes(b"new")
    storage.put(file, "a")
    (tmp_path / "back").write_bytes(b"old")
    storage.get("a", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"new"


def test_getting_leaves_nothing_else_beside_the_file(storage: Storage, file: Path, tmp_path: Path) -> None:
    storage.put(file, "a")
    (tmp_path / "out").mkdir()
    storage.get("a", tmp_path / "out" / "back")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["back"]


@pytest.mark.parametrize("text", ["", "plain\n", "\r\n", "Schlaflied für Zoë 🌙\n"])
def test_a_text_is_read_as_it_was_written(storage: Storage, text: str) -> None:
    storage.write("current.json", "older and longer than what follows")
    storage.write("current.json", text)
    assert storage.read("current.json") == text


def test_a_text_that_is_not_there_is_none(storage: Storage) -> None:
    assert storage.read("nothing/here.json") is None


def test_keys_are_those_that_begin_so_sorted(storage: Storage) -> None:
    for key in ("runs/b/2", "runs/a/10", "runs/a/1", "runs/ab/1", "other", "runs/a/deep/er/x"):
        storage.write(key, key)
    assert list(storage.keys("runs/a/")) == ["runs/a/1", "runs/a/10", "runs/a/deep/er/x"]
    assert list(storage.keys("runs/a")) == ["runs/a/1", "runs/a/10", "runs/a/deep/er/x", "runs/ab/1"]
    assert len(storage.keys("")) == 6
    assert not storage.keys("none/")


def test_more_keys_than_one_page_holds_are_listed_and_deleted(storage: Storage) -> None:
    for n in range(1_003):
        storage.write(f"many/{n:04}", "")
    keys = storage.keys("many/")
    assert list(keys) == [f"many/{n:04}" for n in range(1_003)]
    storage.delete(keys)
    assert not storage.keys("")


def test_files_tell_size_and_time_and_a_version_that_changes_with_the_content(storage: Storage) -> None:
    storage.write("a", "12345")
    (before,) = storage.files("a")
    assert (before.key, before.size) == ("a", 5)
    assert abs(before.modified_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert storage.files("a") == [before]
    storage.write("a", "123456")
    assert storage.files("a")[0].version != before.version


def test_deleting_what_is_not_there_is_no_error(storage: Storage) -> None:
    storage.write("a", "")
    storage.delete(["a", "b"])
    storage.delete([])
    assert not storage.keys("")


def test_a_file_that_is_not_there_is_said_to_be_missing(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(
        StorageError, match=r"cannot read 'runs/r1/a.csv'.*look whether the step that writes it has run"
    ):
        storage.get("runs/r1/a.csv", tmp_path / "a")
    assert not list(tmp_path.glob("a*"))


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../up", "a/../../up", "a//b", "a/", "./a", "a\\b", "a\0b"])
def test_no_key_leads_out_of_the_storage(storage: Storage, key: str) -> None:
    with pytest.raises(StorageError, match="is no key"):
        storage.write(key, "")
    with pytest.raises(StorageError, match="is no key"):
        storage.delete([key])
