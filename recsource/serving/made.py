"""What a version holds, out of the picks that the engine has made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import cast

from recsource.batch import Batch
from recsource.engine import Engine, Queries
from recsource.errors import BatchRefusedError
from recsource.picks import PickCounts, make_picks, make_popular_picks
from recsource.rules.rule import Occasion, Rule
from recsource.serving.shelf import PEOPLE_A_BUCKET, About, Pick
from recsource.serving.trial import Trial
from recsource.sharder import shard_sql

_SQL = Queries("recsource")
_CHUNK = 10_000

Bucket = tuple[int, dict[str, bytes]]
"""A bucket's number, and its people's picks, packed."""


def make(
    engine: Engine,
    batch: Batch,
    rules: Sequence[Rule],
    occasion: Occasion,
    version: str,
    trial: Trial | None = None,
) -> tuple[About, PickCounts]:
    """Make everybody's picks under an application's rules; the tables `served` and `shown` stay for `buckets`.

    Args:
        engine: holds the tables of the schema, already checked, and with a `trial` the table
            `assigned (user_id, source)` of those who may take part.
        batch: the recommendations.
        rules: in order, a `take` last.
        occasion: the moment and the seed.
        version: what the picks are to be known by.
        trial: the experiment that runs in the application; each variant is shown what its source says.

    Returns:
        What readers must know of them, and what each rule did with the batch.

    Raises:
        BatchRefusedError: nobody has any.
    """
    engine.run(_SQL("serving/everybody"))
    counts = make_picks(engine, batch=batch, eligible="everybody", rules=rules, occasion=occasion)
    if trial and "popular" in trial.sources:
        make_popular_picks(engine, rules=rules, occasion=occasion)
    people = _serve(engine, trial)
    engine.run(_SQL("serving/shown"))
    shown = cast("list[tuple[str, str]]", engine.rows("SELECT kind, id FROM shown ORDER BY number"))
    about = About(
        version=version,
        as_of=occasion.as_of,
        people=people,
        buckets=-(-people // PEOPLE_A_BUCKET),
        shown=tuple(Pick("collection" if kind == "collection" else "item", id_) for kind, id_ in shown),
        fallback=_fallback(engine, occasion.slots),
        trial=trial,
    )
    return about, counts


def _serve(engine: Engine, trial: Trial | None) -> int:
    """Make the table `served`; how many people are in it."""
    sources = trial.sources if trial else ()
    outside = trial.outside.source if trial else ""
    engine.run(_SQL("serving/served", trial=trial is not None, sources=sources, outside=outside))
    (people,) = engine.numbers("SELECT count(DISTINCT user_id) FROM served")
    if not people:
        raise BatchRefusedError(
            "serve: the rules leave nobody anything to be shown; look at `rules` under [recs.serving] in "
            "winddown.toml, and at the batch"
        )
    return people


def _fallback(engine: Engine, slots: int) -> dict[str, tuple[int, ...]]:
    rows = cast("list[tuple[str, int]]", engine.rows(_SQL("serving/fallback", slots=slots)))
    return {
        language: tuple(number for _, number in group) for language, group in groupby(rows, key=lambda row: row[0])
    }


def buckets(engine: Engine, about: About, first: int) -> Iterator[Bucket]:
    """The buckets from `first` on, in order; those that nobody lies in are left out."""
    sql = _SQL("serving/lists", bucket=shard_sql(about.version, "served.user_id", about.buckets), first=first)
    rows = cast("Iterator[tuple[int, str, list[int]]]", engine.stream(sql, size=_CHUNK))
    for number, people in groupby(rows, key=lambda row: row[0]):
        yield number, {user_id: about.pack(numbers) for _, user_id, numbers in people}
