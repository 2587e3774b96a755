"""The responses: what the ledger knows of an edition's deliveries, as a file beside the plan.

It passes through Python row by row, because a ledger may be any database; from there on all is the engine's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from campaigns.ground.edition import Edition
from campaigns.ports.ledger import Ledger
from campaigns.report.question import EditionFiles
from campaigns.report.times import naive
from recsource.engine import Engine, Queries

_SQL = Queries("campaigns")
_DELIVERIES = {"delivery_id": "VARCHAR", "user_id": "VARCHAR", "state": "VARCHAR", "changed_at": "TIMESTAMP"}
_EVENTS = {
    "delivery_id": "VARCHAR",
    "type": "VARCHAR",
    "at": "TIMESTAMP",
    "machine": "BOOLEAN",
    "transient": "BOOLEAN",
}


def write_responses(engine: Engine, ledger: Ledger, edition: Edition, files: EditionFiles, now: datetime) -> None:
    """Write an edition's `responses.parquet`, of what was known at `now`."""
    engine.load("deliveries", _DELIVERIES, _deliveries(ledger, edition))
    engine.load("events", _EVENTS, _events(ledger, edition))
    part = files.responses.with_name(f".{files.responses.name}.part")
    with engine.one_thread():
        engine.run(_SQL("report/responses", now=now, path=part))
    part.replace(files.responses)


def _deliveries(ledger: Ledger, edition: Edition) -> Iterator[Sequence[object]]:
    return ((row.delivery_id, row.user_id, row.state, naive(row.changed_at)) for row in ledger.deliveries(edition))


def _events(ledger: Ledger, edition: Edition) -> Iterator[Sequence[object]]:
    return (
        (row.delivery_id, row.type, naive(row.at), row.machine, row.transient) for row in ledger.events(edition)
    )
