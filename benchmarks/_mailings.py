"""A made-up campaign as it lies on disk after eight weeks: editions, responses, interactions. DuckDB makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from campaigns.ground.experiment import Experiment, Variant
from campaigns.report.question import EditionFiles, Question

WEEKS = 8
ITEMS = 20_000
FIRST = datetime(2026, 10, 3, 18)  # noqa: DTZ001 - UTC, as the engine keeps it
PLAYS_A_USER = 50  # over the weeks and the four before
ZONES = (
    "Europe/London", "Europe/Berlin", "Europe/Madrid", "America/New_York", "America/Chicago",
    "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
EXPERIMENT = Experiment(
    "benchmark",
    "salt",
    (Variant("control", "curated", 0, 5000), Variant("treatment", "recommended", 5000, 10_000)),
    "control",
    1.0,
    {},
)


@dataclass(frozen=True, slots=True)
class Mailings:
    """The campaign's folder."""

    root: Path
    users: int

    @property
    def interactions(self) -> list[Path]:
        """A file a week."""
        return [self.root / "interactions-*.parquet"]

    @property
    def items(self) -> list[Path]:
        """The catalogue."""
        return [self.root / "items.parquet"]

    def question(self) -> Question:
        """All weeks, a week and more after the last."""
        editions = [EditionFiles(f"2026-W{40 + week}", self.root / f"2026-W{40 + week}") for week in range(WEEKS)]
        return Question(EXPERIMENT, editions, editions[0], datetime(2026, 12, 25, tzinfo=UTC))


def write_mailings(mailings: Mailings) -> None:
    """Write everything, unless it is there."""
    if (mailings.root / "made").exists():
        return
    mailings.root.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as engine:
        engine.execute("SET memory_limit = '4GB'; SET threads = 2; SET preserve_insertion_order = false")
        engine.execute("SELECT setseed(0.5)")
        _write(engine, _ITEMS_SQL, mailings.root / "items.parquet")
        engine.execute(_USERS_SQL.format(users=mailings.users, zones=list(ZONES)))
        for week, edition in enumerate(mailings.question().editions):
            edition.folder.mkdir(exist_ok=True)
            sent = FIRST + timedelta(weeks=week)
            _write(engine, _ASSIGNMENTS_SQL, edition.folder / "assignments.parquet")
            _write(engine, _PLAN_SQL.format(sent=sent, week=week), edition.folder / "plan.parquet")
            _write(engine, _RESPONSES_SQL.format(sent=sent, week=week), edition.responses)
            _write(engine, _EXCLUDED_SQL, edition.folder / "excluded.parquet")
            (edition.folder / "manifest.json").write_text("{}")
        rows = mailings.users * PLAYS_A_USER // (WEEKS + 4)
        for week in range(-4, WEEKS):
            begin, path = FIRST + timedelta(weeks=week), mailings.root / f"interactions-{week + 4:02d}.parquet"
            _write(engine, _PLAYS_SQL.format(rows=rows, users=mailings.users, begin=begin), path)
    (mailings.root / "made").touch()


def _write(engine: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    engine.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


_ITEMS_SQL = f"""
    SELECT format('i{{:05d}}', n) AS item_id, format('Item {{}}', n) AS title,
        list_extract(['sleep_story', 'meditation', 'soundscape', 'music'], n % 4 + 1) AS kind,
        TIMESTAMP '2026-12-01' - to_hours((n * 3 // 2)::BIGINT) AS published_at,
        300 + n % 2400 AS duration_s, CAST(NULL AS VARCHAR) AS collection_id
    FROM range({ITEMS}) AS numbers (n)
"""
_USERS_SQL = """
    CREATE TABLE people AS
    SELECT n, format('u{{:07d}}', n) AS user_id, hash(n) % 2 = 0 AS treated,
        list_extract({zones}, (hash(n, 1) % len({zones}))::INTEGER + 1) AS timezone,
        list_extract(['en', 'de', 'es'], (hash(n, 2) % 3)::INTEGER + 1) AS language,
        {{'subscription': list_extract(['trial', 'active', 'free'], (hash(n, 3) % 3)::INTEGER + 1),
          'favourite_time': list_extract(['morning', 'midday', 'evening', 'night'], (hash(n, 4) % 4)::INTEGER + 1),
          'signed_up_at': TIMESTAMP '2026-10-01' - to_days((hash(n, 5) % 800)::INTEGER)}} AS attributes
    FROM range({users}) AS numbers (n)
"""
_ASSIGNMENTS_SQL = """
    SELECT user_id, 'benchmark' AS experiment, CASE WHEN treated THEN 'treatment' ELSE 'control' END AS variant,
        'randomised' AS method
    FROM people
"""
_PLAN_SQL = """
    SELECT user_id, language, timezone, TIMESTAMP '{sent}' + to_hours((hash(timezone) % 24)::BIGINT) AS send_at,
    attributes,
        list_transform(range(6), lambda slot: {{
            'slot': (slot + 1)::INTEGER, 'source': 'recommended', 'collection_id': CAST(NULL AS VARCHAR),
            'item_id': format('i{{:05d}}', CASE WHEN treated THEN (hash(n, {week}, slot) % 400)::INTEGER ELSE
            ({week} * 50 + slot)::INTEGER END)
        }}) AS slots
    FROM people
"""
_RESPONSES_SQL = """
    SELECT user_id, true AS sent, sent_at AS accepted_at, hash(n, {week}, 'd') % 100 > 0 AS delivered,
        CASE WHEN hash(n, {week}, 'd') % 100 > 0 THEN sent_at + INTERVAL 20 SECOND END AS delivered_at,
        CASE WHEN hash(n, {week}, 'o') % 10 < 3
            THEN sent_at + to_seconds((hash(n, {week}, 'a') % 100000)::BIGINT) END AS opened_at,
        CASE WHEN hash(n, {week}, 'o') % 10 < 6 THEN sent_at + INTERVAL 60 SECOND END AS opened_any_at,
        CASE WHEN hash(n, {week}, 'o') % 10 < 1
            THEN sent_at + to_seconds((hash(n, {week}, 'a') % 100000 + 60)::BIGINT) END AS clicked_at,
        hash(n, {week}, 'b') % 200 = 0 AS bounced, hash(n, {week}, 'c') % 5000 = 0 AS complained,
        hash(n, {week}, 'u') % 500 = 0 AS unsubscribed
    FROM (SELECT *, TIMESTAMP '{sent}' + to_hours((hash(timezone) % 24)::BIGINT) + INTERVAL 5 SECOND AS sent_at
    FROM people)
    ORDER BY user_id
"""
_EXCLUDED_SQL = "SELECT user_id, 'inactive' AS reason FROM people WHERE n < 10"
_PLAYS_SQL = f"""
    SELECT format('u{{{{:07d}}}}', (random() ** 1.5 * {{users}})::INTEGER % {{users}}) AS user_id,
        format('i{{{{:05d}}}}', (random() ** 3 * {ITEMS})::INTEGER % {ITEMS}) AS item_id,
        list_extract(['listen', 'listen', 'listen', 'listen', 'listen', 'complete', 'complete', 'complete',
        'complete',
            'favourite'], (random() * 10)::INTEGER % 10 + 1) AS event,
        TIMESTAMP '{{begin}}' + to_microseconds((random() * 604800e6)::BIGINT) AS "at"
    FROM range({{rows}}) ORDER BY "at"
"""
