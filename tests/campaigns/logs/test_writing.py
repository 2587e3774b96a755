"""The log: lines of JSON or text that say what they are about, and never who."""

from __future__ import annotations

import io
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.logs.writing import Format, about, as_line, what_about, written
from campaigns.ports.clock import FixedClock

NOW = FixedClock(datetime(2026, 11, 21, 18, tzinfo=UTC))
LOG = logging.getLogger("campaigns.anything")
FOREIGN = logging.getLogger("somebody.elses")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.emails(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.emails(), inner, max_size=3)
    ),
    max_leaves=8,
)


class Lines:
    """Standard error, while a log is written to it."""

    def __init__(self, form: Format = "json", level: str = "debug") -> None:
        self._form: Format = form
        self._level = level

    def __enter__(self) -> Self:
        self._before, self._to = sys.stderr, io.StringIO()
        sys.stderr = self._to
        self._log = written(self._form, self._level, NOW)
        self._log.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._log.__exit__(None, None, None)
        sys.stderr = self._before

    @property
    def text(self) -> str:
        return self._to.getvalue()

    @property
    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


def test_a_line_says_when_what_and_what_about() -> None:
    with Lines() as lines, about(command="send", edition="weekly/2026-W47"):
        LOG.info("settled", extra={"accepted": 50, "delivery": "ab" * 16})
    assert lines.read == [
        {
            "time": "2026-11-21T18:00:00.000+00:00",
            "level": "info",
            "message": "settled",
            "command": "send",
            "edition": "weekly/2026-W47",
            "delivery": "ab" * 16,
            "from": "campaigns.anything",
            "accepted": 50,
        }
    ]


@given(st.emails(), VALUES, st.sampled_from(["because", "user_id", "email", "where", "anything", "address"]))
def test_no_address_comes_through_however_it_is_given(address: str, value: object, name: str) -> None:
    with Lines() as lines:
        LOG.info("to %s", address, extra={name: [value, address, {address: address}]})
        LOG.warning(f"to {address}")  # noqa: G004 - as somebody may write it
        FOREIGN.error("%r", {"to": address})
        LOG.error("it failed for %s", address, exc_info=ValueError(address))
    assert len(lines.read) == 4
    assert address not in lines.text
    assert json.dumps(address)[1:-1] not in lines.text


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.just("u0001274"), max_size=5))
def test_fields_that_are_on_no_list_do_not_come_through(fields: dict[str, str]) -> None:
    unlisted = {f"my_{name}": value for name, value in fields.items()}
    with Lines() as lines:
        LOG.info("settled", extra={**unlisted, "user_id": "u0001274", "first_name": "Ava"})
    assert "u0001274" not in lines.text
    assert "Ava" not in lines.text


def test_an_error_is_named_by_its_kind_and_nothing_of_its_words() -> None:
    with Lines() as lines:
        LOG.error("unforeseen", exc_info=KeyError("u0001274"))
    assert lines.read[0]["error"] == "KeyError"
    assert "u0001274" not in lines.text
    assert "Traceback" not in lines.text


def test_a_line_that_cannot_be_put_together_shows_nothing_of_what_was_to_be_in_it() -> None:
    record = LOG.makeRecord(LOG.name, logging.INFO, __file__, 1, "%d", ("u0001274",), None)
    with Lines() as lines:
        logging.getLogger().handlers[-1].handle(record)
    assert lines.text == ""


def test_of_libraries_only_warnings_come_through() -> None:
    with Lines() as lines:
        FOREIGN.debug("bytes")
        FOREIGN.info("bytes")
        FOREIGN.warning("it breaks")
    assert [line["message"] for line in lines.read] == ["it breaks"]


@pytest.mark.parametrize(("level", "heard"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_is_the_least_that_is_written(level: str, heard: int) -> None:
    with Lines(level=level) as lines:
        for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            LOG.log(number, "said")
    assert len(lines.read) == heard


def test_text_is_a_line_without_colours_where_nobody_sees_them() -> None:
    with Lines("text") as lines, about(edition="weekly/2026-W47"):
        LOG.info("settled", extra={"accepted": 50})
    assert lines.text == (
        "2026-11-21T18:00:00.000+00:00 [info     ] settled edition=weekly/2026-W47 from=campaigns.anything "
        "accepted=50\n"
    )


def test_what_lines_are_about_can_be_carried_into_another_thread() -> None:
    with Lines() as lines, about(edition="weekly/2026-W47"), ThreadPoolExecutor(1) as beside:
        beside.submit(copy_context().run, LOG.info, "there").result()
        assert what_about() == {"edition": "weekly/2026-W47"}
    assert lines.read[0]["edition"] == "weekly/2026-W47"
    assert what_about() == {}


def test_afterwards_logging_is_as_it_was() -> None:
    handlers, level = list(logging.getLogger().handlers), logging.getLogger("campaigns").level
    with Lines():
        pass
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger("campaigns").level == level


def test_a_journals_line_keeps_an_event_that_can_be_ingested() -> None:
    event = {"provider_event_id": f"unsubscribed-{'ab' * 16}", "delivery_id": "ab" * 16, "at": "2026-11-21"}
    line = json.loads(as_line({"message": "unsubscribe lost", "to_ingest": event, "ip": "203.0.113.7"}, NOW))
    assert line == {"time": "2026-11-21T18:00:00.000+00:00", "message": "unsubscribe lost", "to_ingest": event}
