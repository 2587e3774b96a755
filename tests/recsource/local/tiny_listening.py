"""A small made-up dataset, as the export writes it: two sorts of listeners, each keeping to one kind of items."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from recsource.dataset.layout import Layout

NOW = 1_795_478_400
DAY = 86_400
Row = TypeVar("Row")
KINDS = ("story", "music")
ITEMS = 60
NEW = [f"{kind}-new" for kind in KINDS]
"""Published yesterday, and heard by nobody."""
_FIELDS = [
    {"name": "ITEM_ID", "type": "string"},
    {"name": "CREATION_TIMESTAMP", "type": "long"},
    {"name": "KIND", "type": "string", "categorical": True},
    {"name": "DURATION_S", "type": ["null", "int"]},
    {"name": "BLURB", "type": "string", "textual": True},
]


def kind_of(item_id: str) -> str:
    """What an item's id says of its kind."""
    return item_id.partition("-")[0]


def fan_of(user_id: str) -> str:
    """The kind that somebody keeps to."""
    return KINDS[int(user_id.rpartition(" ")[2]) % 2]


def write_dataset(root: Path, run: str, *, users: int = 120, shuffled: int | None = None, files: int = 1) -> None:
    """Write a dataset; `stranger story`, `stranger music` and `?` are recipients too, but have never listened.

    Args:
        root: the storage's folder.
        run: its id.
        users: how many listen.
        shuffled: another order of rows; None for that of ids.
        files: into how many files a table is split.
    """
    layout = Layout(run)
    items = [*(f"{kind}-{number:02d}" for number in range(ITEMS // 2) for kind in KINDS), *NEW]
    people = [f'listener "é" {number}' for number in range(users)]
    strangers = [f"stranger {kind}" for kind in KINDS]
    tables = {
        "interactions": (["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE"], list(_plays(people))),
        "users": (
            ["USER_ID", "LANGUAGE"],
            [[name, fan_of(name)] for name in people] + [[name, name.partition(" ")[2]] for name in strangers],
        ),
        "items": (
            [str(field["name"]) for field in _FIELDS],
            [
                [name, NOW - DAY * (1 if name in NEW else 200), kind_of(name), 60 * len(name), "…"]
                for name in items
            ],
        ),
    }
    for name, (header, rows) in tables.items():
        _write(root / layout.root / "dataset" / name, header, _in_order(rows, shuffled), files)
    (root / layout.schema("items")).write_text(json.dumps({"fields": _FIELDS}))
    recipients = _in_order([*people, *strangers, "?"], shuffled)
    (root / layout.recipients).write_text("".join(json.dumps({"userId": name}) + "\n" for name in recipients))


def _plays(people: Sequence[str]) -> Iterable[list[object]]:
    chance = random.Random(11)
    for name in people:
        for _ in range(12):
            kind = fan_of(name) if chance.random() < 0.9 else chance.choice(KINDS)
            item = f"{kind}-{int(ITEMS / 2 * chance.random() ** 2):02d}"
            yield [name, item, NOW - 1 - int(chance.random() * 120 * DAY), "listen", 1.0]


def _in_order(rows: Sequence[Row], shuffled: int | None) -> list[Row]:
    return list(rows) if shuffled is None else random.Random(shuffled).sample(list(rows), len(rows))


def _write(folder: Path, header: Sequence[str], rows: Sequence[Sequence[object]], files: int) -> None:
    folder.mkdir(parents=True)
    for number in range(files):
        with (folder / f"part-{number}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows[number::files])
