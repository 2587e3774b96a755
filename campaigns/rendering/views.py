"""What templates see: small read-only views, without addresses and without methods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from campaigns.ground.edition import Edition
from campaigns.ground.identity import Identity
from campaigns.ground.item import Collection, Item
from campaigns.ground.plan_row import PlanRow, Slot

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def one_line(text: str) -> str:
    """Text without line breaks, control characters and runs of white space: fit for a header."""
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    elif "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text  # nearly all are, and this runs for everybody
    return " ".join(text.split())


class View:
    """A value of the template's world: public attributes, and nothing to call."""

    __slots__ = ("_more",)
    _more: Mapping[str, object]

    def __getattr__(self, name: str) -> object:
        """A column beyond the known ones."""
        try:
            return self._more[name]
        except KeyError:
            raise AttributeError(name) from None

    @classmethod
    def known(cls) -> frozenset[str]:
        """The attributes that every such view has."""
        slots = (slot for kind in cls.__mro__ for slot in getattr(kind, "__slots__", ()))
        return frozenset(slot for slot in slots if not slot.startswith("_"))

    def names(self) -> list[str]:
        """The attributes that this view has."""
        return sorted(self.known() | self._more.keys())


class Reader(View):
    """The person who reads: a plan row's own columns, and those that the plan carried along."""

    __slots__ = ("country", "first_name", "language", "timezone", "user_id")

    def __init__(self, row: PlanRow) -> None:
        contact = row.contact
        self.first_name = contact.first_name and one_line(contact.first_name)
        self.language = contact.language
        self.country = contact.country
        self.timezone = contact.timezone
        self.user_id = row.user_id
        self._more = row.attributes


class Shown(View):
    """An item or a collection as a card shows it, to everybody alike.

    Attributes:
        minutes: the length, rounded, at least 1; None for a collection.
        url: with the edition's utm parameters.
    """

    __slots__ = (
        "description",
        "for_kids",
        "image_url",
        "is_collection",
        "kind",
        "language",
        "minutes",
        "narrator",
        "source",
        "title",
        "topic",
        "url",
    )

    def __init__(self, shown: Item | Collection, source: str, edition: Edition) -> None:
        self.source = source
        self.title = one_line(shown.title)
        self.kind = shown.kind
        self.image_url = shown.image_url
        self.url = with_utm(shown.url, edition, source)
        self.is_collection = isinstance(shown, Collection)
        item = None if isinstance(shown, Collection) else shown
        self.narrator = one_line(item.narrator) if item and item.narrator else None
        self.minutes = max(1, round(item.duration_s / 60)) if item else None
        self.topic = item.topic if item else None
        self.description = one_line(item.description) if item else ""
        self.for_kids = bool(item and item.for_kids)
        self.language = item.language if item else None
        self._more = item.attributes if item else {}


class Pick(View):
    """What one slot of an email shows: a `Shown`, and its place."""

    __slots__ = ("_shown", "slot", *Shown.__slots__)

    def __init__(self, shown: Shown, slot: Slot) -> None:
        for name in Shown.__slots__:
            setattr(self, name, getattr(shown, name))
        self._more = shown._more  # noqa: SLF001  a pick is the same item, with its place
        self._shown = shown
        self.slot = slot.slot


def shown_of(pick: Pick) -> Shown:
    """A pick's item, without its place."""
    return pick._shown  # noqa: SLF001  hidden from templates, which see public names only


class EditionView(View):
    """The edition. `date` is the Monday of its week."""

    __slots__ = ("date", "name", "week", "year")

    def __init__(self, edition: Edition) -> None:
        self.name, self.year, self.week = edition.name, edition.year, edition.week
        self.date = edition.day(1)
        self._more = {}


class SenderView(View):
    """The sender, as the footer shows it."""

    __slots__ = ("address", "name", "postal_address")

    def __init__(self, identity: Identity) -> None:
        self.name = identity.mailbox.name
        self.address = identity.mailbox.address
        self.postal_address = identity.postal_address
        self._more = {}


class LinksView(View):
    """The delivery's own links."""

    __slots__ = ("unsubscribe",)

    def __init__(self, unsubscribe: str) -> None:
        self.unsubscribe = unsubscribe
        self._more = {}


class Words(View):
    """A language's strings at run time: `t.kinds[pick.kind]`."""

    __slots__ = ()

    def __init__(self, table: Mapping[str, object]) -> None:
        self._more = {key: Words(value) if isinstance(value, Mapping) else value for key, value in table.items()}

    def __getitem__(self, key: str) -> object:
        return self._more[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._more)


def with_utm(url: str, edition: Edition, source: str) -> str:
    """Add the edition's utm parameters to an address; ones that it has already are replaced.

    They say which campaign, edition and source, never which person: a card is the same for everybody.
    """
    ours = {
        "utm_source": "winddown",
        "utm_medium": "email",
        "utm_campaign": edition.campaign,
        "utm_content": f"{edition.name}-{source}",
    }
    head, hash_mark, fragment = url.partition("#")
    base, _, query = head.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] not in ours]
    added = [f"{name}={quote(value, safe='')}" for name, value in ours.items()]
    return f"{base}?{'&'.join(kept + added)}{hash_mark}{fragment}"
