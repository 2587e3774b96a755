"""What an edition shows: the items and collections that its slots name, frozen beside its plan.

A title or link that the warehouse changes after the preview must not change what is sent.
"""

from __future__ import annotations

from typing import cast

from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.plan.edition_folder import EditionFolder
from recsource.engine import Engine, Queries
from recsource.schema import ITEMS

_SQL = Queries("campaigns")
_NOT_IN_ITEM = ("collection_id", "voice_depth")


def read_catalogue(engine: Engine, folder: EditionFolder) -> Catalogue:
    """The catalogue of an edition that is planned."""
    return _catalogue(
        _records(engine, _SQL("plan/shown", path=folder.items, key="item_id")),
        _records(engine, _SQL("plan/shown", path=folder.collections, key="collection_id")),
    )


def read_everything(engine: Engine) -> Catalogue:
    """All that there is to show: the engine's tables `items` and `collections`, as they are now."""
    return _catalogue(_records(engine, "SELECT * FROM items"), _records(engine, "SELECT * FROM collections"))


def _catalogue(items: list[dict[str, object]], collections: list[dict[str, object]]) -> Catalogue:
    return Catalogue(
        {str(record["item_id"]): _item(record) for record in items},
        {
            str(record["collection_id"]): Collection(
                **{name: cast("str", record[name]) for name in Collection.__slots__}
            )
            for record in collections
        },
    )


def _records(engine: Engine, sql: str) -> list[dict[str, object]]:
    columns = engine.columns(sql)
    return [dict(zip(columns, row, strict=True)) for row in engine.rows(sql)]


def _item(record: dict[str, object]) -> Item:
    own = [name for name in ITEMS.columns if name not in _NOT_IN_ITEM]
    more = {name: value for name, value in record.items() if name not in own}
    return Item(**{name: record[name] for name in own}, attributes=more)  # type: ignore[arg-type]  # the door saw to it
