"""What a line of the log may hold: a closed list of fields, none of which says who somebody is."""

from __future__ import annotations

from collections.abc import Mapping

from structlog.types import EventDict, WrappedLogger

from campaigns.ground.discretion import discreet

OURS = frozenset({"time", "level", "command", "run", "edition", "worker", "delivery", "plan", "to_ingest"})
"""Names and ids of our own making, which stand as they are; `delivery` is a delivery's id."""

TOLD = frozenset(
    {"accepted", "at", "attempts", "because", "cancelled", "claimed", "deferred", "ended", "error", "events_known"}
    | {"events_new", "excluded", "exit_code", "from", "in_a_row", "interactions_known", "interactions_new"}
    | {"machine", "messages", "method", "ms", "pairs", "people", "planned", "port", "problems", "provider"}
    | {"recs_run", "rejected", "route", "seconds", "status", "suppressed", "type", "uncertain"}
    | {"unknown_deliveries", "unsubscribed", "verdict", "waiting", "webhook", "where"}
)
"""Numbers and words; words are said with discretion."""

_FIRST = ("time", "level", "message", "event", "command", "edition", "run", "worker", "delivery", "from")
_STRUCTLOGS = frozenset({"event", "message", "exc_info", "_record", "_from_structlog"})


def keep_to_fields(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """A processor: what is on no list goes, and whatever is said is said with discretion."""
    named = [*(name for name in _FIRST if name in line), *sorted(line.keys() - {*_FIRST})]
    kept = {name: line[name] for name in named if name in OURS | TOLD | _STRUCTLOGS}
    return {name: value if name in OURS or name[0] == "_" else _discreet(value) for name, value in kept.items()}


def _discreet(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {discreet(str(key)): _discreet(one) for key, one in value.items()}
        case list() | tuple():
            return [_discreet(one) for one in value]
        case _:
            return discreet(str(value))
