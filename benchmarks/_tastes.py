"""A sample world, split two weeks before its end: what its people's true tastes say of each method."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
from _judged import Dataset, Judged, Ranker, judged, methods, read_dataset
from _listening import NEW_DAYS

from recsource.dataset.export import export
from recsource.dataset.files import FilesWarehouse
from recsource.dataset.settings import ExportSettings
from recsource.engine import Engine
from recsource.evaluation.rule_counts import Readers, count_rules
from recsource.inputs import find, open_table
from recsource.local.arrays import Singles
from recsource.schema import COLLECTIONS, INTERACTIONS, ITEMS, USERS
from recsource.storage.folder import Folder

USERS_OF_WORLD, WEEKS = 10_000, 26
_RUN = "sample"
_END = datetime(2026, 11, 21)  # noqa: DTZ001 - UTC without saying so, as the sample's tables have it
_SPLIT = _END - timedelta(days=NEW_DAYS)
_NEW_SINCE = _SPLIT - timedelta(days=NEW_DAYS)
_PLAYS = f"""
    SELECT DISTINCT user_id, item_id FROM interactions WHERE "at" >= '{_SPLIT}' AND event <> 'view'
    EXCEPT SELECT user_id, item_id FROM interactions WHERE "at" < '{_SPLIT}' AND event <> 'view'"""
_NEW = f"SELECT item_id FROM items WHERE published_at >= '{_NEW_SINCE}'"
_ITEMS = "SELECT item_id, for_kids, language FROM items"
_READERS = f"""
    SELECT users.user_id, any_value(users.language), count(*) FILTER (WHERE items.for_kids) >= 3
    FROM users
    LEFT JOIN interactions ON users.user_id = interactions.user_id AND interactions."at" < '{_SPLIT}'
    LEFT JOIN items ON interactions.item_id = items.item_id
    GROUP BY users.user_id"""


def judge_on_sample_world(folder: Path) -> tuple[Judged, Judged]:
    """Judge every method on all items, and on those that were published in the two weeks before the split."""
    world, root = folder / "world", folder / "sample"
    _write_world(world)
    with Engine(threads=2) as engine:
        for table in (COLLECTIONS, ITEMS, USERS, INTERACTIONS):
            open_table(engine, table, find(table.name, f"data/{table.name}.parquet", world))
        export(FilesWarehouse(engine), ExportSettings(), Folder(root), _RUN, _SPLIT.replace(tzinfo=UTC))
        dataset = read_dataset(root, _RUN, folder)
        pairs = [(str(user_id), str(item_id)) for user_id, item_id in engine.rows(_PLAYS)]
        exported = set(dataset.corpus.item_ids)
        new = exported.intersection(str(item_id) for (item_id,) in engine.rows(_NEW))
        rankers = methods(dataset) | {"true tastes": _truth(world, dataset)}
        everything = judged(dataset, rankers, pairs, exported)
        everything.show("Sample world, all items")
        _show_rules(engine, everything)
    of_new = judged(dataset, rankers, pairs, new)
    of_new.show("Sample world, new items")
    return everything, of_new


def _write_world(folder: Path) -> None:
    winddown = Path(sys.executable).with_name("winddown")
    last_day = (_END - timedelta(days=1)).date().isoformat()
    size = ["--users", str(USERS_OF_WORLD), "--weeks", str(WEEKS), "--until", last_day]
    subprocess.run([winddown, "sample", folder, *size], check=True, stdout=subprocess.DEVNULL)


def _truth(world: Path, dataset: Dataset) -> Ranker:
    """Ranks by people's true tastes: nobody could do better, but by chance."""
    users = _factors(world / "truth" / "users.parquet", "user_id", [*dataset.user_ids, ""])
    items = _factors(world / "truth" / "items.parquet", "item_id", dataset.corpus.item_ids)
    return lambda rows: users[rows] @ items.T


def _factors(path: Path, key: str, ids: Iterable[str]) -> Singles:
    """The factors of users or items; zeros for those whom the world does not know."""
    found = dict(duckdb.execute(f"SELECT {key}, factors FROM '{path}'").fetchall())
    nothing = [0.0] * len(next(iter(found.values())))
    return np.array([found.get(one, nothing) for one in ids], dtype=np.float32)


def _show_rules(engine: Engine, everything: Judged) -> None:
    """In how many of the first 25 places rules would have fired; what was heard is in none of these lists."""
    held_out = everything.held_out
    items = {str(name): (bool(kids), str(language)) for name, kids, language in engine.rows(_ITEMS)}
    people = {str(name): (str(language), bool(kids)) for name, language, kids in engine.rows(_READERS)}
    of_items = [items[item_id] for item_id in held_out.item_ids]
    of_people = [people[user_id] for user_id in held_out.user_ids]
    numbers = {language: number for number, language in enumerate(sorted({language for _, language in of_items}))}
    readers = Readers(
        for_kids=np.array([kids for kids, _ in of_items]),
        hears_kids=np.array([kids for _, kids in of_people]),
        item_language=np.array([numbers[language] for _, language in of_items]),
        user_language=np.array([numbers.get(language, -1) for language, _ in of_people]),
        heard=np.zeros(0, np.int64),
    )
    print("\n| method | places | kids' rule | language rule |\n| --- | --- | --- | --- |")
    for name, lists in everything.lists.items():
        counts = count_rules(lists, readers)
        kids, language = counts.kids / counts.shown, counts.language / counts.shown
        print(f"| {name} | {counts.shown:,} | {kids:.1%} | {language:.1%} |")
