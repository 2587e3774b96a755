"""A batch pulled: whole or not at all, known by its identity, with its age and its counts."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsource.batch import find_batch
from recsource.dataset.layout import CURRENT, Layout
from recsource.engine import Engine
from recsource.errors import BatchRefusedError, InferenceError, StorageError
from recsource.pipeline.pull import Pulled, clear_batches, pull
from recsource.ports import Storage
from recsource.storage.bucket import Bucket
from recsource.storage.folder import Folder

RUN = "20261124"
WRITTEN = datetime(2026, 11, 24, 6, tzinfo=UTC)


def line(user_id: str, *items: str, error: str | None = None) -> str:
    output = {"recommendedItems": list(items), "scores": [0.5] * len(items)}
    answer = {"input": {"userId": user_id}, "output": None if error else output, "error": error}
    return json.dumps(answer) + "\n"


GOOD = line("ann", "a", "b") + line("ben", "b")
MIXED = GOOD + line("cy", error="no such user") + line("dee") + '{"input": {"userId"\n'


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return Folder(tmp_path / "storage")
    return Bucket(request.getfixturevalue("s3"), request.getfixturevalue("bucket_name"), "recs")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "recommendations"


def written(storage: Storage, text: str = GOOD, run: str = RUN, part: str = "users.jsonl") -> None:
    """A batch file, and the object that Personalize leaves beside it."""
    folder = Layout(run).batch("personalised")
    storage.write(f"{folder}{part}.out", text)
    storage.write(f"{folder}_CHECK", "")


def pulled(storage: Storage, here: Path, run: str = RUN) -> Pulled:
    with Engine() as engine:
        return pull(storage, run, "personalised", here, engine)


def test_a_pulled_batch_is_the_one_that_plans_read(storage: Storage, here: Path) -> None:
    written(storage)
    done = pulled(storage, here)
    (file,) = find_batch("recommendations", here.parent).files
    assert file.parent.name == done.identity
    assert file.read_text("utf-8") == GOOD
    assert json.loads(storage.read(CURRENT) or "")["identity"] == done.identity


def test_the_object_that_only_checks_permissions_stays_where_it_is(storage: Storage, here: Path) -> None:
    written(storage)
    pulled(storage, here)
    assert not list(here.rglob("_CHECK"))


def test_lines_with_errors_are_counted_and_stop_nothing(storage: Storage, here: Path) -> None:
    written(storage, MIXED)
    counts = pulled(storage, here).counts
    assert (counts.lines, counts.unreadable, counts.errors, counts.empty, counts.pairs) == (5, 1, 1, 1, 3)
    assert counts.offered == 2


def test_a_batch_is_as_old_as_its_oldest_file(here: Path, tmp_path: Path) -> None:
    storage = Folder(tmp_path / "storage")
    for hours, part in enumerate(("a", "b", "c")):
        written(storage, part=part)
        at = (WRITTEN + timedelta(hours=hours)).timestamp()
        os.utime(storage.path(f"{Layout(RUN).batch('personalised')}{part}.out"), (at, at))
    done = pulled(storage, here)
    assert done.written_at == WRITTEN
    assert find_batch("recommendations", here.parent).written_at == WRITTEN
    assert done.files == ("a.out", "b.out", "c.out")


def test_the_same_files_are_the_same_batch_and_are_not_fetched_again(storage: Storage, here: Path) -> None:
    written(storage)
    first = pulled(storage, here)
    inode = next(here.rglob("*.out")).stat().st_ino
    assert pulled(storage, here) == first
    assert next(here.rglob("*.out")).stat().st_ino == inode


def test_other_files_are_another_batch(storage: Storage, here: Path) -> None:
    written(storage)
    first = pulled(storage, here)
    written(storage, MIXED)
    second = pulled(storage, here)
    assert first.identity != second.identity
    assert len(list((here / "batches").iterdir())) == 2


def test_a_batch_that_offers_nothing_leaves_the_current_one(storage: Storage, here: Path) -> None:
    written(storage)
    current = pulled(storage, here).identity
    written(storage, line("ann", error="nothing") + "broken\n", run="20261126")
    with pytest.raises(BatchRefusedError, match=r"none of the 2 lines .* \(1 unreadable, 1 errors, 0 empty\)"):
        pulled(storage, here, "20261126")
    assert (here / "current").resolve().name == current
    assert not list((here / ".drafts").iterdir())


def test_what_is_not_there_is_said(storage: Storage, here: Path) -> None:
    with pytest.raises(InferenceError, match=rf"no file ending in \.out below .*runs/{RUN}/personalised/"):
        pulled(storage, here)


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("call", ["rename", "symlink_to", "replace"])
def test_killed_at_any_change_there_is_a_whole_batch_and_the_next_pull_succeeds(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    storage = Folder(tmp_path / "storage")
    written(storage)
    current = pulled(storage, here).identity
    written(storage, MIXED, run="20261126")

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(Path, call, die)
        with pytest.raises(Died):
            pulled(storage, here, "20261126")
    assert (here / "current").resolve().name == current
    assert find_batch("recommendations", here.parent).files[0].read_text("utf-8") == GOOD
    assert pulled(storage, here, "20261126").run == "20261126"


def test_a_folder_in_the_way_of_the_link_is_said(storage: Storage, here: Path) -> None:
    written(storage)
    (here / "current").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"current is in the way of the link to the current batch"):
        pulled(storage, here)


def test_in_a_folder_on_the_same_disk_a_batch_is_read_in_place(here: Path, tmp_path: Path) -> None:
    storage = Folder(tmp_path / "storage")
    written(storage)
    pulled(storage, here)
    key = f"{Layout(RUN).batch('personalised')}users.jsonl.out"
    assert next(here.rglob("*.out")).samefile(storage.path(key))


def test_old_batches_go_but_never_the_current_one(here: Path, tmp_path: Path) -> None:
    storage = Folder(tmp_path / "storage")
    for day in range(4):
        written(storage, run=f"run-{day}")
        at = (WRITTEN + timedelta(days=day)).timestamp()
        os.utime(storage.path(f"{Layout(f'run-{day}').batch('personalised')}users.jsonl.out"), (at, at))
        pulled(storage, here, f"run-{day}")
    current = pulled(storage, here, "run-0").identity
    clear_batches(here, keep=1)
    left = {Pulled.read(batch).run for batch in (here / "batches").iterdir()}
    assert left == {"run-0", "run-3"}
    assert (here / "current").resolve().name == current
