"""What the parts of the SQL ledger share: a database, and an edition as parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from campaigns.ground.edition import Edition
from campaigns.store.database import Database

Row = dict[str, Any]
T = TypeVar("T")


class Part:
    """Some of the ledger's methods, each one transaction over its statements."""

    def __init__(self, database: Database) -> None:
        self._database = database


def whose(edition: Edition) -> Row:
    """The parameters that say which edition a statement is about."""
    return {"of_campaign": edition.campaign, "of_edition": edition.name}


def pieces(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """A long stream in lists of that size."""
    stream = iter(items)
    while piece := list(islice(stream, size)):
        yield piece
