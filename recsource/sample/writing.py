"""A sample world as files: tables, recommendations, curated picks, suppressions, truth and pictures."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from recsource.sample import tastes
from recsource.sample.catalogue import Catalogue, make_catalogue
from recsource.sample.curation import Pick, make_curation
from recsource.sample.listening import EVENTS, Listening, make_listening
from recsource.sample.people import People, make_people, timestamps
from recsource.sample.pictures import write_pictures
from recsource.sample.recommendations import write_recommendations
from recsource.sample.suppression import Suppression, make_suppressions
from recsource.sample.tastes import Ints
from recsource.sample.world import World

Progress: TypeAlias = Callable[[str, int, int], None]

_ROW_GROUP = 25_000
"""As a warehouse's parallel export writes them: engines read row groups side by side."""


def silent(stage: str, done: int, total: int) -> None:
    """Report progress to nobody."""


def write_world(world: World, folder: Path, *, image_base: str, progress: Progress = silent) -> dict[str, int]:
    """Write a world's files into a folder: `data/`, `truth/` and `images/`.

    The bytes depend on the world and `image_base` alone.

    Args:
        world: What to write.
        folder: Made if it does not exist; files of the same names in it are replaced.
        image_base: What image URLs begin with; a picture's file name follows it.
        progress: Called with a stage's name, how much of it is done, and how much there is.

    Returns:
        How many rows each table has; for `recommendations`, lines; for `images`, files.
    """
    for name in ("data", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    data, truth = folder / "data", folder / "truth"
    images = write_pictures(folder / "images", partial(progress, "images"))
    catalogue = make_catalogue(world)
    people = make_people(world)
    progress("people", world.users, world.users)
    listening = make_listening(world, people, catalogue, lambda done: progress("listening", done, world.users))
    curated = make_curation(world, catalogue)
    suppressions = make_suppressions(world, people)
    tables = {
        data / "items.parquet": _items(catalogue, image_base),
        data / "collections.parquet": _collections(catalogue, image_base),
        data / "users.parquet": people.table,
        data / "interactions.parquet": _interactions(listening, people, catalogue),
        truth / "users.parquet": _true_people(people),
        truth / "items.parquet": _true_items(catalogue),
    }
    for done, (path, table) in enumerate(tables.items(), start=1):
        pq.write_table(table, path, compression="zstd", row_group_size=_ROW_GROUP)
        progress("tables", done, len(tables))
    _write_csv(data / "curated.csv", ("edition", "language", "position", "item_id"), _curated(curated, catalogue))
    _write_csv(data / "suppressions.csv", ("email", "reason", "at"), _suppressed(suppressions))
    lines = write_recommendations(
        world,
        people,
        catalogue,
        listening,
        data / "recommendations",
        lambda done: progress("recommendations", done, world.users),
    )
    return {
        "items": len(catalogue.items),
        "collections": len(catalogue.collections),
        "users": world.users,
        "interactions": len(listening),
        "recommendations": lines,
        "curated": len(curated),
        "suppressions": len(suppressions),
        "images": images,
    }


def _items(catalogue: Catalogue, image_base: str) -> pa.Table:
    ids, items = catalogue.item_ids(), catalogue.items
    return pa.table(
        {
            "item_id": ids,
            "title": [item.title for item in items],
            "kind": [item.kind for item in items],
            "narrator": pa.array([item.narrator for item in items], pa.string()),
            "duration_s": pa.array([item.duration_s for item in items], pa.int32()),
            "published_at": timestamps(catalogue.published),
            "language": [item.language for item in items],
            "topic": [item.topic for item in items],
            "voice_depth": pa.array([item.voice_depth for item in items], pa.string()),
            "for_kids": [item.for_kids for item in items],
            "collection_id": pa.array([item.collection for item in items], pa.string()),
            "collection_position": pa.array([item.position for item in items], pa.int32()),
            "image_url": [image_base + item.picture for item in items],
            "url": [f"https://app.winddown.example/play/{item_id}" for item_id in ids],
            "description": [item.description for item in items],
        }
    )


def _collections(catalogue: Catalogue, image_base: str) -> pa.Table:
    collections = catalogue.collections
    return pa.table(
        {
            "collection_id": [c.collection_id for c in collections],
            "title": [c.title for c in collections],
            "kind": [c.kind for c in collections],
            "language": [c.language for c in collections],
            "image_url": [image_base + c.picture for c in collections],
            "url": [f"https://app.winddown.example/collections/{c.collection_id}" for c in collections],
        }
    )


def _interactions(listening: Listening, people: People, catalogue: Catalogue) -> pa.Table:
    """One row an interaction, by time."""
    return pa.table(
        {
            "user_id": _coded(listening.person, people.table["user_id"].combine_chunks()),
            "item_id": _coded(listening.item, pa.array(catalogue.item_ids())),
            "event": _coded(listening.event, pa.array(EVENTS)),
            "at": timestamps(listening.at),
        }
    )


def _coded(indices: npt.NDArray[np.integer], values: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32)), values).dictionary_decode()


def _true_people(people: People) -> pa.Table:
    return pa.table(
        {
            "user_id": people.table["user_id"],
            "language": people.table["language"],
            "kids_household": people.kids_household,
            "plays_a_day": people.plays_a_day,
            "opens": people.opens,
            "clicks": people.clicks,
            "machine_opens": people.machine_opens,
            "favourite_hour": people.favourite_hour,
            "factors": _vectors(people.factors),
        }
    )


def _true_items(catalogue: Catalogue) -> pa.Table:
    items = catalogue.items
    return pa.table(
        {
            "item_id": catalogue.item_ids(),
            "language": [item.language for item in items],
            "for_kids": [item.for_kids for item in items],
            "collection_id": pa.array([item.collection for item in items], pa.string()),
            "published_at": timestamps(catalogue.published),
            "duration_s": pa.array([item.duration_s for item in items], pa.int32()),
            "base_rate": catalogue.factors[:, tastes.BASE] / tastes.UNIT,
            "factors": _vectors(catalogue.factors),
        }
    )


def _vectors(factors: Ints) -> pa.Array:
    """One list a row, in the order of `tastes.DIMENSIONS`; each number a whole number of 64ths."""
    return pa.FixedSizeListArray.from_arrays(pa.array((factors / tastes.UNIT).ravel()), factors.shape[1])


def _curated(picks: list[Pick], catalogue: Catalogue) -> Iterable[tuple[str, str, int, str]]:
    ids = catalogue.item_ids()
    return ((pick.edition, pick.language, pick.position, ids[pick.item_index]) for pick in picks)


def _suppressed(suppressions: list[Suppression]) -> Iterable[tuple[str, str, str]]:
    return ((entry.email, entry.reason, entry.at.isoformat()) for entry in suppressions)


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
