"""Ingest takes a file whole or not at all, once however often it comes, and says what is wrong with it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.ground.edition import Edition
from campaigns.ground.event import Event, EventType
from campaigns.ingest import Ingested, ingest
from campaigns.ports.entries import Assignment, Enrolment, Recorded
from campaigns.store.memory import MemoryLedger
from recsource.engine import Engine, Row
from recsource.errors import InputError

EDITION = Edition("weekly_winddown", 2026, 47)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPENED: dict[str, object] = {
    "provider_event_id": "e1",
    "delivery_id": "d1",
    "type": "opened",
    "at": "2026-11-21T18:00:03Z",
    "machine": False,
    "item_id": None,
}
COMPLETED: dict[str, object] = {
    "user_id": "u1",
    "item_id": "i1",
    "event": "complete",
    "at": "2026-11-21T19:00:00Z",
}

Write = Callable[..., Path]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as opened:
        yield opened


@pytest.fixture
def ledger() -> MemoryLedger:
    made = MemoryLedger()
    made.enrol(
        EDITION,
        "hash",
        [(Enrolment("d1", 0, "u1", "key1", NOON), Assignment("u1", "picks", "control", 7, "salt", "randomised"))],
        NOON,
    )
    return made


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writer(*lines: object, name: str = "in.jsonl") -> Path:
        path = tmp_path / name
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return path

    return writer


def kept(engine: Engine, folder: Path) -> list[Row]:
    return engine.rows(f"SELECT * FROM read_parquet('{folder}/interactions-*.parquet') ORDER BY ALL")


def test_events_go_to_the_ledger_and_completions_to_a_file_whatever_their_order(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path
) -> None:
    clicked = OPENED | {"provider_event_id": "e2", "type": "clicked", "machine": True, "item_id": "i9"}
    path = write(COMPLETED, OPENED, "", clicked)
    found = ingest([path], ledger=ledger, folder=tmp_path / "kept", engine=engine)
    assert found == Ingested(files=1, events_new=2, interactions_new=1)
    moment = datetime(2026, 11, 21, 18, 0, 3, tzinfo=UTC)
    assert list(ledger.events(EDITION)) == [
        Event("e1", "d1", EventType.OPENED, moment),
        Event("e2", "d1", EventType.CLICKED, moment, machine=True, item_id="i9"),
    ]
    assert kept(engine, tmp_path / "kept") == [("u1", "i1", "complete", datetime(2026, 11, 21, 19))]  # noqa: DTZ001 - as the engine keeps UTC


def test_the_same_file_twice_changes_nothing(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path
) -> None:
    path, folder = write(OPENED, COMPLETED), tmp_path / "kept"
    ingest([path], ledger=ledger, folder=folder, engine=engine)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    again = ingest([path], ledger=ledger, folder=folder, engine=engine)
    assert again == Ingested(files=1, events_known=1, interactions_known=1)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_an_overlapping_export_adds_only_what_is_new(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path
) -> None:
    other = COMPLETED | {"user_id": "u2"}
    files = [write(COMPLETED, name="monday.jsonl"), write(COMPLETED, other, other, name="tuesday.jsonl")]
    found = ingest(files, ledger=ledger, folder=tmp_path / "kept", engine=engine)
    assert (found.interactions_new, found.interactions_known) == (2, 2)
    assert len(kept(engine, tmp_path / "kept")) == 2


def test_events_of_unknown_deliveries_and_suppressions_are_counted(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path
) -> None:
    stray = OPENED | {"delivery_id": "elsewhere"}
    bounced = OPENED | {"provider_event_id": "e2", "type": "bounced"}
    found = ingest([write(stray, bounced)], ledger=ledger, folder=tmp_path / "kept", engine=engine)
    assert (found.events_new, found.unknown_deliveries, found.suppressed) == (2, 1, 1)
    assert not (tmp_path / "kept").exists()


def test_gzip_is_read_as_it_is(engine: Engine, ledger: MemoryLedger, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(OPENED).encode()))
    assert ingest([path], ledger=ledger, folder=tmp_path / "kept", engine=engine).events_new == 1


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-11-21T18:00:00", 18),
        ("2026-11-21 18:00", 18),
        ("2026-11-21T18:00:00Z", 18),
        ("2026-11-21T18:00:00+02:00", 16),
        ("2026-11-21T18:00:00.000-0500", 23),
        ("2026-11-21T18:00:00+02", 16),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path, written: str, hour: int
) -> None:
    path = write(OPENED | {"at": written}, COMPLETED | {"at": written})
    ingest([path], ledger=ledger, folder=tmp_path / "kept", engine=engine)
    ((*_, at),) = kept(engine, tmp_path / "kept")
    assert isinstance(at, datetime)
    assert at.hour == hour
    assert [event.at.hour for event in ledger.events(EDITION)] == [hour]


BAD_LINES: list[tuple[object, str]] = [
    ('{"provider_event_id":"e1","deliv', "not a whole JSON object; wanted one on each line"),
    ("[1, 2]", "not a whole JSON object"),
    ({"id": 1}, "wanted an event (delivery_id, type, …) or a completion"),
    (OPENED | {"type": "open"}, '"type" is "open"; wanted one of accepted, delivered'),
    (OPENED | {"machine": "no"}, '"machine" is "no"; wanted true or false'),
    (OPENED | {"machin": True}, 'found the key "machin", which no event has'),
    (OPENED | {"delivery_id": "  "}, '"delivery_id" is "  "; wanted a text in quotes that is not blank'),
    (OPENED | {"delivery_id": None}, '"delivery_id" is null'),
    ({key: OPENED[key] for key in OPENED if key != "at"}, '"at" is nothing; wanted a time such as'),
    (OPENED | {"at": 1732212003}, '"at" is 1732212003; wanted a time'),
    (OPENED | {"at": "2026-11-21"}, '"at" is "2026-11-21"; wanted a time'),
    (OPENED | {"at": "2026-02-30T10:00:00Z"}, '"at" is "2026-02-30T10:00:00Z"'),
    (OPENED | {"item_id": 7}, '"item_id" is 7'),
    (COMPLETED | {"user_id": 4638}, '"user_id" is 4638; wanted a text in quotes'),
    (
        COMPLETED | {"event": "completed"},
        '"event" is "completed"; wanted one of listen, complete, favourite, view',
    ),
]


@pytest.mark.parametrize(("line", "complaint"), BAD_LINES)
def test_a_bad_line_is_named_and_nothing_of_its_file_is_recorded(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path, line: object, complaint: str
) -> None:
    path = write(OPENED, "", COMPLETED, line)
    with pytest.raises(InputError) as raised:
        ingest([path], ledger=ledger, folder=tmp_path / "kept", engine=engine)
    assert str(raised.value).startswith(f"{path}, line 4: ")
    assert complaint in str(raised.value)
    assert "Nothing of this file has been recorded" in str(raised.value)
    assert list(ledger.events(EDITION)) == []
    assert not (tmp_path / "kept").exists()


def test_the_first_of_several_bad_lines_is_named_with_their_number(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path
) -> None:
    path = write(OPENED, "x", "y", "z")
    with pytest.raises(InputError, match=r"line 2: .*\(3 lines are wrong\)"):
        ingest([path], ledger=ledger, folder=tmp_path / "kept", engine=engine)


def test_an_export_of_the_app_may_have_columns_of_its_own(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path
) -> None:
    path = write(COMPLETED | {"device": "phone"})
    assert ingest([path], ledger=ledger, folder=tmp_path / "kept", engine=engine).interactions_new == 1


def test_a_missing_file_and_one_that_is_not_utf8_are_errors_in_a_sentence(
    engine: Engine, ledger: MemoryLedger, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"absent\.jsonl: there is no such file"):
        ingest([tmp_path / "absent.jsonl"], ledger=ledger, folder=tmp_path, engine=engine)
    (tmp_path / "latin.jsonl").write_bytes(b'{"user_id":"\xe9"}\n')
    with pytest.raises(InputError, match="the text is not UTF-8"):
        ingest([tmp_path / "latin.jsonl"], ledger=ledger, folder=tmp_path, engine=engine)


def test_lines_keep_their_numbers_in_a_long_file(
    engine: Engine, ledger: MemoryLedger, write: Write, tmp_path: Path
) -> None:
    path = write(*[COMPLETED] * 60_000, "oops")
    with pytest.raises(InputError, match="line 60001: "):
        ingest([path], ledger=ledger, folder=tmp_path / "kept", engine=engine)


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EVENTS = st.builds(
    Event,
    provider_event_id=st.text(min_size=1).filter(str.strip),
    delivery_id=st.just("d1"),
    type=st.sampled_from(EventType),
    at=st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1), timezones=ZONES),  # noqa: DTZ001 - bounds for any zone
    machine=st.booleans(),
    item_id=st.none() | st.text(min_size=1).filter(str.strip),
)


@given(st.lists(EVENTS, unique_by=lambda event: event.provider_event_id, min_size=1, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_event_comes_through_unchanged(engine: Engine, tmp_path: Path, events: list[Event]) -> None:
    class Listening(MemoryLedger):
        """Keeps what it is given, whoever the deliveries are."""

        heard: list[Event]

        def record(self, events: Iterable[Event]) -> Recorded:
            self.heard = list(events)
            return super().record(self.heard)

    ledger, path = Listening(), tmp_path / "in.jsonl"
    lines = (
        {
            "provider_event_id": event.provider_event_id,
            "delivery_id": event.delivery_id,
            "type": event.type,
            "at": event.at.isoformat(),
            "machine": event.machine,
            "item_id": event.item_id,
        }
        for event in events
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    ingest([path], ledger=ledger, folder=tmp_path / "kept", engine=engine)
    assert ledger.heard == events
