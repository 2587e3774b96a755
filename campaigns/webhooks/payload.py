"""A payload: JSON from outside, of which nothing is taken for granted until a field is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Never

from campaigns.ground.errors import MessageError

LONGEST_BODY = 1_048_576
"""Bytes. SendGrid posts at 768 kB and SNS carries at most 256 KiB, which JSON in JSON can double."""

_LONGEST_TEXT = 300_000  # characters of one field: an SNS message is the longest there is
_LATEST_SECOND = 253_402_300_799  # the last of the year 9999, where `datetime` ends


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object whose fields are checked as they are read.

    Every reading method raises MessageError, which names the field and what kind of thing was found there,
    but never its value: that may be somebody's address.

    Attributes:
        path: where in the payload it stands, such as `mail.`.
    """

    values: Mapping[str, object]
    path: str = ""

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def text(self, key: str) -> str:
        """A text that any database can hold: no lone surrogates, and no NUL, which PostgreSQL refuses."""
        value = self.values.get(key)
        if not isinstance(value, str) or not _storable(value):
            self._refuse(key, "a text")
        return value

    def text_or(self, key: str, default: str) -> str:
        """The same, or the default where there is none."""
        return self.text(key) if key in self else default

    def time(self, key: str) -> datetime:
        """A time in ISO 8601; UTC where it names no zone."""
        try:
            at = datetime.fromisoformat(self.text(key))
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            self._refuse(key, "a time such as 2026-11-21T18:00:03.000Z")

    def unix_time(self, key: str) -> datetime:
        """A time in whole seconds since 1970."""
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LATEST_SECOND:
            self._refuse(key, "whole seconds since 1970")
        return datetime.fromtimestamp(value, UTC)

    def flag(self, key: str) -> bool:
        """Whether it is true; what is absent is not."""
        value = self.values.get(key, False)
        if value is not None and not isinstance(value, bool):
            self._refuse(key, "true or false")
        return bool(value)

    def fields(self, key: str) -> Fields:
        """An object within this one."""
        return as_fields(self.values.get(key), self.path + key)

    def fields_or_none(self, key: str) -> Fields | None:
        """The same, where there is one."""
        return self.fields(key) if key in self else None

    def each(self, key: str) -> Sequence[Fields]:
        """A list of objects."""
        return [as_fields(value, f"{self.path}{key}[{place}]") for place, value in enumerate(self._list(key))]

    def texts(self, key: str) -> Sequence[str]:
        """A list of texts."""
        items = [Fields({str(place): value}, f"{self.path}{key}.") for place, value in enumerate(self._list(key))]
        return [item.text(str(place)) for place, item in enumerate(items)]

    def _list(self, key: str) -> list[object]:
        value = self.values.get(key)
        if not isinstance(value, list):
            self._refuse(key, "a list")
        return value

    def _refuse(self, key: str, wanted: str) -> Never:
        raise MessageError(_wanted(self.path + key, self.values.get(key), wanted))


def parse(body: bytes | str) -> object:
    """What a payload says.

    Raises:
        MessageError: it is no JSON in UTF-8 that every reader would read alike: a key given twice, NaN,
            nesting without end and numbers of thousands of digits are refused.
    """
    try:
        text = body.decode() if isinstance(body, bytes) else body
        value: object = json.loads(text, object_pairs_hook=_unrepeated, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise MessageError("the payload is not UTF-8; wanted JSON") from None
    except RecursionError:
        raise MessageError("the payload is nested too deeply; wanted JSON") from None
    except ValueError as error:
        raise MessageError(f"the payload is not JSON: {_reason(error)}") from None
    return value


def parse_fields(body: bytes | str) -> Fields:
    """What a payload says that is to be one object.

    Raises:
        MessageError: it is not one.
    """
    return as_fields(parse(body), "")


def as_fields(value: object, path: str) -> Fields:
    """A part of a payload that is to be an object.

    Raises:
        MessageError: it is not.
    """
    if not isinstance(value, dict):
        raise MessageError(_wanted(path or "the payload", value, "an object"))
    return Fields(value, f"{path}." if path else "")


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key is given twice")
    return values


def _no_number(_name: str) -> Never:
    raise ValueError("NaN and Infinity are no numbers")


def _reason(error: ValueError) -> str:
    """Where it goes wrong, without the words around it."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return "a number has too many digits" if "digits" in str(error) else str(error)


def _storable(text: str) -> bool:
    return len(text) <= _LONGEST_TEXT and not re.search("[\0\ud800-\udfff]", text)


def _wanted(name: str, found: object, wanted: str) -> str:
    kinds = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    kind = "nothing" if found is None else kinds.get(type(found), "a text of another form")
    return f"{name} is {kind}; wanted {wanted}"
