"""What Amazon Personalize takes, checked before anything is uploaded.

The numbers stand in "Amazon Personalize endpoints and quotas" of the Amazon Personalize developer guide, the rules
for names in "Creating schema JSON files". The local recommender is held to the same, so that both compare.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from recsource.dataset.columns import Column, ExportedTable, Form
from recsource.dataset.layout import TableName
from recsource.errors import DatasetError

LONGEST: Mapping[Form, int] = {"id": 256, "event": 256, "category": 1_000, "flag": 1_000, "text": 20_000}
"""Characters; texts are cut there, everything else is refused."""
MOST_METADATA: Mapping[TableName, int] = {"interactions": 5, "users": 25, "items": 100}
MOST_EVENT_TYPES = 10
"""Kinds of events and further columns of interactions, together."""
MOST_TEXTS = 1
FEWEST_INTERACTIONS = 1_000
FEWEST_RETURNING = 25
"""Users with two interactions or more."""
SMALLEST_RETURNING_SHARE = 0.01
RESERVED = frozenset(
    {
        "USER_ID",
        "ITEM_ID",
        "TIMESTAMP",
        "EVENT_TYPE",
        "EVENT_VALUE",
        "IMPRESSION",
        "RECOMMENDATION_ID",
        "EVENT_ATTRIBUTION_SOURCE",
        "CREATION_TIMESTAMP",
    }
)
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Measures:
    """What an exported table holds.

    Attributes:
        rows: all of them.
        malformed: by id column, values that are empty or have quotes, backslashes or line breaks.
        too_long: by column, values beyond `LONGEST`.
        users: people with interactions; of interactions alone.
        returning: those of them with two or more.
    """

    rows: int
    malformed: Mapping[str, int] = field(default_factory=dict)
    too_long: Mapping[str, int] = field(default_factory=dict)
    users: int = 0
    returning: int = 0


def require_columns(tables: Sequence[ExportedTable], event_types: Sequence[str]) -> None:
    """Refuse columns that Personalize would.

    Raises:
        DatasetError: says all that is wrong with them.
    """
    _require([*(wrong for table in tables for wrong in _wrong_columns(table)), *_wrong_events(event_types)])


def require_measures(measures: Mapping[TableName, Measures], recipients: Measures) -> None:
    """Refuse data that Personalize would.

    Raises:
        DatasetError: says all that is wrong with them.
    """
    wrong = [*_wrong_amounts(measures, recipients)]
    for name, measured in (*measures.items(), ("recipients", recipients)):
        wrong += _wrong_values(name, measured)
    _require(wrong)


def _require(wrong: Sequence[str]) -> None:
    if wrong:
        raise DatasetError(f"the export cannot be trained on: {'; '.join(wrong)}")


def _wrong_columns(table: ExportedTable) -> Iterator[str]:
    metadata, most = table.metadata, MOST_METADATA[table.name]
    if len(metadata) > most:
        yield f"{table.name}: {len(metadata)} metadata columns are more than {most}; leave some out"
    if not metadata and table.name != "interactions":
        yield f"{table.name}: there is no metadata column; choose one at least"
    texts = [column.name for column in metadata if column.textual]
    if len(texts) > MOST_TEXTS:
        yield f"{table.name}: {len(texts)} columns are texts ({', '.join(texts)}); leave all but one out"
    yield from (f"{table.name}: {reason}" for column in metadata for reason in _wrong_name(column))
    # Personalize compares names without their underscores.
    same = Counter(column.name.replace("_", "").upper() for column in table.columns)
    yield from (f"{table.name}: {n} columns are all named {name}; keep one" for name, n in same.items() if n > 1)


def _wrong_name(column: Column) -> Iterator[str]:
    if column.name in RESERVED:
        yield f"{column.name} is a name that Personalize keeps for itself; leave the column out"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", column.name) or len(column.name) > _LONGEST_NAME:
        yield f"{column.name!r} is no name for a column; wanted letters, digits and underscores"


def _wrong_events(event_types: Sequence[str]) -> Iterator[str]:
    if not event_types:
        yield "event_weights: no kind of event counts; weigh one at least"
    if len(event_types) > MOST_EVENT_TYPES:
        yield f"event_weights: {len(event_types)} kinds of events are more than {MOST_EVENT_TYPES}; weigh fewer"


def _wrong_amounts(measures: Mapping[TableName, Measures], recipients: Measures) -> Iterator[str]:
    interactions = measures["interactions"]
    if interactions.rows < FEWEST_INTERACTIONS:
        yield (
            f"interactions: {interactions.rows} are fewer than {FEWEST_INTERACTIONS}; "
            "look further back (`interaction_days`) or leave fewer users out"
        )
    fewest = max(FEWEST_RETURNING, SMALLEST_RETURNING_SHARE * interactions.users)
    if interactions.returning < fewest:
        yield (
            f"interactions: {interactions.returning} users have two or more, fewer than {fewest:.0f}; "
            "look further back (`interaction_days`) or leave fewer users out"
        )
    yield from (f"{name}: there are none" for name in ("users", "items") if not measures[name].rows)
    if not recipients.rows:
        yield "recipients: nobody who passes the filters consents to email; widen `subscriptions` or `languages`"


def _wrong_values(table: str, measured: Measures) -> Iterator[str]:
    for column, n in measured.malformed.items():
        if n:
            yield (
                f"{table}: {n} value(s) of {column} are empty or have quotes, backslashes or line breaks; "
                "give those other ids"
            )
    for column, n in measured.too_long.items():
        if n:
            yield f"{table}: {n} value(s) of {column} are too long; shorten them or leave the column out"
