"""JSON from outside: what every reader would not read alike is refused, and errors keep values to themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ground.errors import MessageError
from campaigns.webhooks.payload import Fields, parse, parse_fields


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value at character 0"),
        (b"[1,]", "at character"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "NaN and Infinity"),
        (b'{"a":{"b":1,"b":1}}', "a key is given twice"),
        (b"\xff", "not UTF-8"),
        (b"\xef\xbb\xbf[]", "at character"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5_000, "too many digits"),
    ],
)
def test_what_is_no_sound_json_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        parse(body)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_sound_json_is_read_as_it_is(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-21T18:00:03.250Z", datetime(2026, 11, 21, 18, 0, 3, 250_000, UTC)),
        ("2026-11-21T19:00:03+01:00", datetime(2026, 11, 21, 18, 0, 3, 0, UTC)),
        ("2026-11-21T18:00:03", datetime(2026, 11, 21, 18, 0, 3, 0, UTC)),
    ],
)
def test_a_time_is_utc(text: str, at: datetime) -> None:
    told = Fields({"at": text}).time("at")
    assert (told, told.tzinfo) == (at, UTC)


READERS: list[Callable[[Fields], object]] = [
    lambda part: part.text("x"),
    lambda part: part.time("x"),
    lambda part: part.unix_time("x"),
    lambda part: part.flag("x"),
    lambda part: part.fields("x"),
    lambda part: part.each("x"),
    lambda part: part.texts("x"),
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("value", ["reader@example.com\0", ["reader@example.com\ud800"]])
def test_an_error_names_the_field_and_never_its_value(read: Callable[[Fields], object], value: object) -> None:
    part = parse_fields(json.dumps({"mail": {"x": value}})).fields("mail")
    with pytest.raises(MessageError, match=r"mail\.x") as caught:
        read(part)
    assert "reader@" not in str(caught.value)
