"""The segments: by what people are told apart when effects are explored."""

from __future__ import annotations

from collections.abc import Mapping

from campaigns.report.question import Question
from recsource.engine import Engine, Queries

_SQL = Queries("campaigns")
_TENURE = """CASE
    WHEN send_at < attributes.signed_up_at + INTERVAL 3 MONTH THEN 'under 3 months'
    WHEN send_at < attributes.signed_up_at + INTERVAL 1 YEAR THEN '3 to 12 months'
    WHEN attributes.signed_up_at IS NOT NULL THEN 'over a year'
END"""
_SEGMENTS = {
    "language": ("language", "language"),
    "tenure": ("signed_up_at", _TENURE),
    "subscription": ("subscription", "attributes.subscription"),
    "favourite_time": ("favourite_time", "attributes.favourite_time"),
}
"""By name: the column that it needs, and the value as the plan tells it, which froze it when it was made."""


def traits_of(engine: Engine, question: Question) -> Mapping[str, str]:
    """The segments that the plans can tell, and how; none for a test inside the app, which has no plan."""
    known = _known(engine, str(question.editions[0].plan))
    return {name: value for name, (column, value) in _SEGMENTS.items() if column in known}


def _known(engine: Engine, plan: str) -> frozenset[str]:
    columns = engine.columns(_SQL("report/attributes", plan=plan, of="*"))
    if "attributes" not in columns:
        return frozenset(columns)
    return frozenset(columns) | frozenset(engine.columns(_SQL("report/attributes", plan=plan, of="attributes.*")))
