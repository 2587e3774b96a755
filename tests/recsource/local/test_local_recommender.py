"""The embedded recommender, from dataset to lines: for everybody, always the same, better than popularity."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits
from tiny_listening import ITEMS, NEW, fan_of, kind_of, write_dataset

from recsource.engine import Engine
from recsource.errors import InferenceError, TrainingError
from recsource.local.recommender import LocalRecommender
from recsource.local.settings import LocalSettings
from recsource.storage.folder import Folder

Lines = dict[str, dict[str, Any]]
PERSONALISED, POPULARITY = "runs/r/personalised/users.jsonl.out", "runs/r/popularity/users.jsonl.out"
PLAIN = LocalSettings(exploring=0.0)


def _recommender(root: Path, settings: LocalSettings = PLAIN, threads: int = 2) -> LocalRecommender:
    return LocalRecommender(Folder(root), settings, partial(Engine, threads=threads), threads)


def _run(root: Path, settings: LocalSettings = PLAIN, size: int = 20, threads: int = 2) -> Path:
    recommender = _recommender(root, settings, threads)
    recommender.infer("r", recommender.train("r"), size)
    return root


def _lines(path: Path) -> Lines:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["input"]["userId"]: row["output"] for row in rows}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("local")
    write_dataset(root, "r")
    return _run(root)


def test_everybody_gets_a_list_whether_or_not_they_ever_listened(run: Path) -> None:
    for key in (PERSONALISED, POPULARITY):
        lines = _lines(run / key)
        assert len(lines) == 123
        assert {len(line["recommendedItems"]) for line in lines.values()} == {20}


def test_a_line_is_laid_out_as_personalizes(run: Path) -> None:
    line = (run / PERSONALISED).read_text().splitlines()[0]
    item_ids = json.loads(line)["output"]["recommendedItems"]
    scores = line.partition('"scores":[')[2].partition("]")[0]
    listed = ",".join(f'"{item_id}"' for item_id in item_ids)
    assert line == (
        f'{{"input":{{"userId":"?"}},"output":{{"recommendedItems":[{listed}],"scores":[{scores}]}},"error":null}}'
    )


def test_scores_descend_are_positive_and_sum_to_one_at_most(run: Path) -> None:
    for line in _lines(run / PERSONALISED).values():
        assert line["scores"] == sorted(line["scores"], reverse=True)
        assert min(line["scores"]) > 0
        assert sum(line["scores"]) <= 1


def test_nobody_is_recommended_what_they_heard(run: Path) -> None:
    heard = {
        (user, item)
        for path in (run / "runs/r/dataset/interactions").iterdir()
        for user, item in [_pair(line) for line in path.read_text().splitlines()[1:]]
    }
    lines = _lines(run / PERSONALISED)
    assert heard
    assert not heard.intersection(
        (user, item) for user, line in lines.items() for item in line["recommendedItems"]
    )


def _pair(line: str) -> tuple[str, str]:
    user, item = line.rsplit(",", 4)[:2]
    return user.strip('"').replace('""', '"'), item


def test_what_is_recommended_is_of_the_kind_that_somebody_keeps_to(run: Path) -> None:
    lines = {user: line for user, line in _lines(run / PERSONALISED).items() if user.startswith("listener")}
    right = [
        kind_of(item) == fan_of(user) for user, line in lines.items() for item in line["recommendedItems"][:5]
    ]
    assert sum(right) > 0.95 * len(right)


def test_an_item_that_nobody_has_heard_is_ranked_by_its_metadata(tmp_path: Path) -> None:
    write_dataset(tmp_path, "r")
    everything = _lines(_run(tmp_path, size=500) / PERSONALISED)
    lines = {user: line for user, line in everything.items() if user.startswith("listener")}
    first = [next(item for item in line["recommendedItems"] if item in NEW) for line in lines.values()]
    right = [kind_of(item) == fan_of(user) for user, item in zip(lines, first, strict=True)]
    assert sum(right) > 0.9 * len(right)


def test_strangers_get_what_people_like_them_play(run: Path) -> None:
    lines = _lines(run / PERSONALISED)
    for kind in ("story", "music"):
        items = lines[f"stranger {kind}"]["recommendedItems"][:5]
        assert [kind_of(item) for item in items] == [kind] * 5


def test_popularity_is_the_same_for_all_but_for_what_they_heard(run: Path) -> None:
    lines = _lines(run / POPULARITY)
    everybodys = _lines(run / POPULARITY)["?"]["recommendedItems"]
    rank = {item: place for place, item in enumerate(everybodys)}
    for line in lines.values():
        places = [rank[item] for item in line["recommendedItems"] if item in rank]
        assert places == sorted(places)


def test_the_model_explains_choices_better_than_popularity(run: Path) -> None:
    personalised, popularity = _recommender(run).train("r")
    assert personalised.metrics["perplexity"] < popularity.metrics["perplexity"]


@pytest.mark.parametrize(
    ("change", "threads", "blas"),
    [({"shuffled": 5}, 2, 2), ({"files": 3, "shuffled": 8}, 1, 1), ({}, 1, 2), ({}, 2, 1)],
)
def test_the_bytes_depend_on_no_order_of_rows_files_or_threads(
    tmp_path: Path, run: Path, change: dict[str, int], threads: int, blas: int
) -> None:
    write_dataset(tmp_path, "r", **change)
    with threadpool_limits(limits=blas):
        _run(tmp_path, threads=threads)
    for key in (PERSONALISED, POPULARITY):
        assert (tmp_path / key).read_bytes() == (run / key).read_bytes()


def test_training_again_does_nothing_and_says_the_same(tmp_path: Path) -> None:
    write_dataset(tmp_path, "r")
    first = _recommender(tmp_path).train("r")
    made = (tmp_path / first[0].reference).stat().st_mtime_ns
    assert _recommender(tmp_path).train("r") == first
    assert (tmp_path / first[0].reference).stat().st_mtime_ns == made


def test_a_model_that_was_replaced_halfway_is_trained_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dataset(tmp_path, "r")
    first = _recommender(tmp_path).train("r")
    whole = (tmp_path / first[0].reference).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "write", _crash)
        with pytest.raises(KeyboardInterrupt):
            _recommender(tmp_path, LocalSettings(exploring=0.0, ease_penalty=5.0)).train("r")
    assert (tmp_path / first[0].reference).read_bytes() != whole
    assert _recommender(tmp_path).train("r") == first
    assert (tmp_path / first[0].reference).read_bytes() == whole


def _crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_other_settings_train_anew(tmp_path: Path) -> None:
    write_dataset(tmp_path, "r")
    first = _recommender(tmp_path).train("r")
    assert _recommender(tmp_path, LocalSettings(ease_penalty=5.0)).train("r") != first


def test_a_model_of_an_earlier_run_recommends_to_the_people_of_a_later_one(tmp_path: Path) -> None:
    write_dataset(tmp_path, "r")
    recommender = _recommender(tmp_path)
    trained = recommender.train("r")
    (tmp_path / "runs/later").mkdir()
    (tmp_path / "runs/later/users.jsonl").write_text('{"userId": "stranger story"}\n{"userId": "newcomer"}\n')
    keys = recommender.infer("later", trained, 500)
    assert list(keys) == ["runs/later/personalised/users.jsonl.out", "runs/later/popularity/users.jsonl.out"]
    assert set(_lines(tmp_path / keys[0])) == {"stranger story", "newcomer"}
    assert len(_lines(tmp_path / keys[0])["newcomer"]["recommendedItems"]) == ITEMS + len(NEW)


def test_explored_items_stand_where_the_sidecar_says(tmp_path: Path) -> None:
    write_dataset(tmp_path, "r")
    _run(tmp_path, LocalSettings(exploring=0.5, explored_slots=4))
    lines = _lines(tmp_path / PERSONALISED)
    sidecar = tmp_path / "runs/r/personalised/explored.jsonl"
    explored = [json.loads(line) for line in sidecar.read_text().splitlines()]
    assert 40 < len(explored) < 83
    for one in explored:
        assert lines[one["userId"]]["recommendedItems"][one["slot"] - 1] == one["itemId"]
        assert one["slot"] <= 4
        assert one["propensity"] == pytest.approx(0.5 / 4 / (len(NEW) / 2))
        assert one["itemId"] in NEW
        assert not one["userId"].startswith("listener") or kind_of(one["itemId"]) == fan_of(one["userId"])


@pytest.mark.parametrize("size", [0, 501])
def test_more_items_than_personalize_gives_are_refused(run: Path, size: int) -> None:
    recommender = _recommender(run)
    with pytest.raises(InferenceError, match="wanted 1 to 500"):
        recommender.infer("r", recommender.train("r"), size)


def _without_interactions(root: Path) -> None:
    (root / "runs/r/dataset/interactions/part-0.csv").write_text(
        "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n"
    )


def _with_a_broken_time(root: Path) -> None:
    with (root / "runs/r/dataset/interactions/part-0.csv").open("a", newline="\r\n") as file:
        file.write("somebody,story-01,yesterday,listen,1\n")


def _without_a_schema(root: Path) -> None:
    (root / "runs/r/dataset/items.avsc.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_without_interactions, "no interactions"),
        (_with_a_broken_time, "yesterday"),
        (_without_a_schema, "winddown recs export --run r"),
    ],
)
def test_a_dataset_that_cannot_be_trained_on_is_refused_in_a_sentence(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    write_dataset(tmp_path, "r")
    spoil(tmp_path)
    with pytest.raises(TrainingError, match=said):
        _recommender(tmp_path).train("r")


def test_a_file_that_is_no_model_is_refused_in_a_sentence(tmp_path: Path) -> None:
    write_dataset(tmp_path, "r")
    recommender = _recommender(tmp_path)
    trained = recommender.train("r")
    (tmp_path / trained[0].reference).write_bytes(b"no model")
    with pytest.raises(InferenceError, match="train it again"):
        recommender.infer("r", trained, 10)
