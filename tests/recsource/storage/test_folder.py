"""A folder shows a file when all of it is there, and says what the file system refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recsource.errors import StorageError
from recsource.storage.folder import Folder


def test_what_is_cut_off_while_it_is_written_never_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Folder(tmp_path / "s")
    storage.write("a", "old")
    (tmp_path / "new").write_text("new")

    def half(_: Path, draft: Path) -> None:
        draft.write_text("n")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", half)
    with pytest.raises(StorageError, match=r"cannot write 'a' in .*: No space left on device"):
        storage.put(tmp_path / "new", "a")
    assert storage.read("a") == "old"
    assert storage.keys("") == ["a"]


def test_a_killed_writers_draft_is_no_key(tmp_path: Path) -> None:
    (tmp_path / ".partial" / "tmp1").mkdir(parents=True)
    (tmp_path / ".partial" / "tmp1" / "draft").write_text("half")
    assert not Folder(tmp_path).keys("")


def test_a_folder_in_the_way_of_a_key_is_told(tmp_path: Path) -> None:
    storage = Folder(tmp_path)
    storage.write("a/b", "")
    with pytest.raises(StorageError, match=r"cannot write 'a' in .*: Is a directory"):
        storage.write("a", "")
    with pytest.raises(StorageError, match="cannot read 'a'"):
        storage.read("a")


def test_a_text_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff")
    with pytest.raises(StorageError, match="cannot read 'a'"):
        Folder(tmp_path).read("a")


def test_an_empty_storage_is_made_when_something_is_written(tmp_path: Path) -> None:
    storage = Folder(tmp_path / "not" / "yet")
    assert not storage.keys("")
    storage.write("a", "text")
    assert storage.keys("") == ["a"]
