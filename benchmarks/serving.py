"""Picks for an application: loading a million people's, and reading one's, with a core each for Redis and for us.

PEOPLE=100000 for a quick look
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from recsource.batch import Batch
from recsource.engine import Engine
from recsource.rules.fill import Fill
from recsource.rules.language import Language
from recsource.rules.rule import Occasion
from recsource.rules.take import Take
from recsource.serving.loading import Loader
from recsource.serving.made import make
from recsource.serving.reading import Reader, connect
from recsource.serving.shelf import Keys
from recsource.serving.trial import Visitor

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from providers.redis_server import RedisServer

PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
ITEMS, RECOMMENDED, SHOWN = 2_000, 30, 12
READS = 100_000
AS_OF = datetime(2026, 11, 21, tzinfo=UTC)
RULES = (Language(rule="language"), Fill(rule="fill", sources=("popular",)), Take(rule="take", slots=SHOWN))


def main() -> None:
    """Print what is loaded a second, what a reader waits, and what a person takes."""
    cores = sorted(os.sched_getaffinity(0))
    with TemporaryDirectory() as folder, RedisServer() as server, Engine(threads=1) as engine:
        os.sched_setaffinity(server.pid, {cores[-1]})
        batch = _world(engine, Path(folder) / "batch.out")
        occasion = Occasion(AS_OF, "2026-W47", "benchmark", SHOWN)
        about, _ = make(engine, batch, RULES, occasion, "20261121-benchmark")
        os.sched_setaffinity(0, {cores[0]})
        with server.client() as redis:
            before = int(redis.info("memory")["used_memory"])
            loader = Loader(redis, Keys("b"), timedelta(days=8), lambda: datetime.now(UTC))
            start = time.perf_counter()
            loader.load(engine, about)
            seconds = time.perf_counter() - start
            size = int(redis.info("memory")["used_memory"]) - before
        waits = _read(server.url)
    print(f"figure redis_load_users_per_s {PEOPLE / seconds:.0f} users/s")
    print(f"figure redis_bytes_per_user {size / PEOPLE:.0f} B")
    print(f"figure redis_read_p50_ms {waits[READS // 2]:.3f} ms")
    print(f"figure redis_read_p99_ms {waits[READS * 99 // 100]:.3f} ms")


def _read(url: str) -> list[float]:
    """Milliseconds a read, ascending."""
    dice = random.Random(7)
    with connect(url, timeout_s=1) as redis:
        reader, waits = Reader(redis, "b"), []
        for _ in range(READS):
            user_id = f"user-{dice.randrange(PEOPLE)}"
            start = time.perf_counter()
            served = reader.picks(Visitor(user_id))
            waits.append((time.perf_counter() - start) * 1_000)
            assert len(served.picks) == SHOWN
            assert served.origin == "picks"
    return sorted(waits)


def _world(engine: Engine, path: Path) -> Batch:
    engine.run(f"""
        CREATE TABLE users AS SELECT 'user-' || n AS user_id, 'en' AS language FROM range({PEOPLE}) AS people(n);
        CREATE TABLE items AS
        SELECT
            'item-' || n AS item_id, 'en' AS language, 'music' AS kind, FALSE AS for_kids,
            NULL::VARCHAR AS collection_id, NULL::VARCHAR AS narrator, NULL::VARCHAR AS topic,
            TIMESTAMP '2026-11-01' AS published_at
        FROM range({ITEMS}) AS many(n);
        CREATE TABLE collections (collection_id VARCHAR);
        CREATE TABLE interactions (user_id VARCHAR, item_id VARCHAR, event VARCHAR, "at" TIMESTAMP);
        CREATE TABLE curated (edition VARCHAR, language VARCHAR, position INTEGER, item_id VARCHAR);
        COPY (
            SELECT
                {{'userId': 'user-' || n}} AS input,
                {{'recommendedItems': [
                    'item-' || (hash(n * {RECOMMENDED} + k) % {ITEMS}) FOR k IN range({RECOMMENDED})
                ]}} AS output,
                NULL AS error
            FROM range({PEOPLE}) AS people(n)
        ) TO '{path}' (FORMAT JSON)
    """)
    return Batch((path,), AS_OF)


if __name__ == "__main__":
    main()
