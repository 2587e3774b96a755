"""The neutral format: what a line may be, and what each of its fields must hold.

JSON Lines, UTF-8, gzipped if the name ends in `.gz`. A line is one of two kinds, mixed as they come::

    {"provider_event_id":"e1","delivery_id":"0f…","type":"opened","at":"2026-11-21T18:00:03Z",
     "machine":false,"item_id":null}
    {"user_id":"u1","item_id":"i9","event":"complete","at":"2026-11-21T20:15:00+01:00"}

`machine` and `item_id` of an event may be left out. Times are ISO 8601; without a zone they are UTC. An
event's keys are a closed list, because a misspelt `machine` would turn a proxy's open into a person's; an
app's export may have columns of its own, and they are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.ground.event import EventType

TIME_PATTERN = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d(:?\d\d)?))?"
_TIME_EXAMPLE = "a time such as 2026-11-21T18:00:03Z"


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a line.

    Attributes:
        form: `text`, `time` or `flag`.
        choices: the closed list of texts, or none for any text that is not blank.
    """

    name: str
    form: str = "text"
    choices: tuple[str, ...] = ()
    required: bool = True

    @property
    def wanted(self) -> str:
        """What it must hold, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        return {"text": "a text in quotes that is not blank", "time": _TIME_EXAMPLE, "flag": "true or false"}[
            self.form
        ]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of line.

    Attributes:
        marks: keys of which any one shows that a line means to be of this kind.
        closed: whether other keys than these are refused.
    """

    kind: str
    marks: tuple[str, ...]
    fields: tuple[Field, ...]
    closed: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Its keys."""
        return tuple(field.name for field in self.fields)


EVENT = Shape(
    kind="event",
    marks=("provider_event_id", "delivery_id", "type"),
    fields=(
        Field("provider_event_id"),
        Field("delivery_id"),
        Field("type", choices=tuple(EventType)),
        Field("at", form="time"),
        Field("machine", form="flag", required=False),
        Field("item_id", required=False),
    ),
    closed=True,
)

INTERACTION = Shape(
    kind="interaction",
    marks=("user_id", "event"),
    fields=(
        Field("user_id"),
        Field("item_id"),
        Field("event", choices=("listen", "complete", "favourite", "view")),
        Field("at", form="time"),
    ),
    closed=False,
)

SHAPES = (EVENT, INTERACTION)
FIELDS = tuple(dict.fromkeys(name for shape in SHAPES for name in shape.names))
