"""Simulated responses: every message accounted for, and an effect that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from written_world import Sample

from recsource.errors import InputError
from recsource.sample import simulate_response
from recsource.sample.response import CAUSED

# Everybody gets twenty emails, so that shares can be told apart; half show what suits them, half what does not.
PLAN = """
    COPY (
        WITH ranked AS (
            SELECT user_id, item_id, row_number() OVER (PARTITION BY user_id ORDER BY
                list_dot_product(true_users.factors[1:13], true_items.factors[1:13]) DESC, item_id) AS place
            FROM true_users CROSS JOIN true_items
        ), shown AS (
            SELECT user_id, arm AS variant, list({{'slot': slot::INT, 'source': 'test', 'item_id': item_id,
                'collection_id': NULL::VARCHAR}} ORDER BY slot) AS slots
            FROM (SELECT *, CASE WHEN place <= 6 THEN 'treatment' ELSE 'control' END AS arm,
                    CASE WHEN place <= 6 THEN place ELSE place - 1000 END AS slot FROM ranked
                  WHERE place <= 6 OR place BETWEEN 1001 AND 1006)
            GROUP BY ALL
        )
        SELECT format('d-{{}}-{{}}-{{}}', user_id, variant, mail) AS delivery_id, user_id, variant,
            TIMESTAMP '2026-11-21 18:00:00' AS send_at, slots
        FROM shown CROSS JOIN range(10) AS mails(mail) ORDER BY {order}
    ) TO '{path}' (FORMAT PARQUET)
"""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A plan, the responses to it, and a database that sees both."""

    plan: Path
    events: Path
    interactions: Path
    counts: dict[str, int]
    engine: duckdb.DuckDBPyConnection

    def one(self, query: str) -> Any:
        ((value,),) = self.engine.execute(query).fetchall()
        return value


@pytest.fixture(scope="module")
def simulated(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    folder = tmp_path_factory.mktemp("response")
    plan, events, interactions = (folder / name for name in ("plan.parquet", "events.jsonl", "interactions.jsonl"))
    sample.engine.execute(PLAN.format(path=plan, order="hash(delivery_id)"))
    counts = simulate_response(plan, sample.folder, seed=5, events=events, interactions=interactions)
    engine = duckdb.connect()
    engine.execute(f"CREATE VIEW plan AS FROM '{plan}'")
    engine.execute(
        f"CREATE TABLE events AS FROM read_json('{events}', columns = {{provider_event_id: 'VARCHAR', "
        "delivery_id: 'VARCHAR', type: 'VARCHAR', \"at\": 'TIMESTAMP', machine: 'BOOLEAN', item_id: 'VARCHAR'})"
    )
    engine.execute(
        f"CREATE TABLE plays AS FROM read_json('{interactions}', columns = {{user_id: 'VARCHAR', "
        "item_id: 'VARCHAR', event: 'VARCHAR', \"at\": 'TIMESTAMP'})"
    )
    yield Simulated(plan, events, interactions, counts, engine)
    engine.close()


def test_row_order_does_not_matter_and_the_seed_does(sample: Sample, simulated: Simulated, tmp_path: Path) -> None:
    sample.engine.execute(PLAN.format(path=tmp_path / "plan", order="user_id DESC"))
    outputs = tmp_path / "events", tmp_path / "plays"
    simulate_response(tmp_path / "plan", sample.folder, seed=5, events=outputs[0], interactions=outputs[1])
    assert outputs[0].read_bytes() == simulated.events.read_bytes()
    assert outputs[1].read_bytes() == simulated.interactions.read_bytes()
    simulate_response(tmp_path / "plan", sample.folder, seed=6, events=outputs[0], interactions=outputs[1])
    assert outputs[0].read_bytes() != simulated.events.read_bytes()


def test_lines_are_the_neutral_format_and_say_that_they_are_simulated(simulated: Simulated) -> None:
    line = simulated.events.read_text().splitlines()[0]
    assert line.startswith('{"provider_event_id":"simulated-')
    assert line.endswith(',"type":"delivered","at":"2026-11-21T18:00:01Z","machine":false,"item_id":null}')
    play = simulated.interactions.read_text().splitlines()[0]
    assert play.startswith('{"user_id":"u')
    assert '"at":"2026-11-21T18:' in play


def test_every_message_is_either_delivered_or_bounced(simulated: Simulated) -> None:
    outcomes = (
        "SELECT count(DISTINCT type) FROM events WHERE type IN ('delivered', 'bounced') GROUP BY delivery_id"
    )
    assert simulated.one(f"SELECT count(*) FROM ({outcomes})") == simulated.counts["messages"] == 12_000
    assert simulated.one(f"SELECT max(count) FROM ({outcomes}) AS t(count)") == 1
    assert 0.003 < simulated.counts["bounced"] / 12_000 < 0.009


def test_nothing_follows_a_bounce_or_precedes_a_delivery(simulated: Simulated) -> None:
    after = """
        SELECT count(*) FROM events JOIN (FROM events WHERE type IN ('delivered', 'bounced')) AS outcome
        USING (delivery_id) WHERE events.type NOT IN ('delivered', 'bounced', 'deferred')
            AND (outcome.type = 'bounced' OR events."at" < outcome."at")
    """
    assert simulated.one(after) == 0
    assert simulated.one("SELECT min(\"at\") > TIMESTAMP '2026-11-21 18:00:00' FROM events")


def test_machines_open_within_seconds_and_belong_to_some_people_only(simulated: Simulated) -> None:
    assert 0.25 < simulated.counts["machine_opened"] / 12_000 < 0.45
    assert simulated.one("SELECT count(*) FROM events WHERE machine AND type <> 'opened'") == 0
    late = """
        SELECT max(machine_open."at" - sent."at") FROM (FROM events WHERE machine) AS machine_open
        JOIN (FROM events WHERE type = 'delivered') AS sent USING (delivery_id)
    """
    assert simulated.one(late).total_seconds() < 60


def test_clicks_follow_human_opens_on_items_that_were_shown_and_prefer_taste(simulated: Simulated) -> None:
    assert simulated.one("SELECT count(*) FROM events WHERE (type = 'clicked') <> (item_id IS NOT NULL)") == 0
    stray = """
        SELECT count(*) FROM events JOIN plan USING (delivery_id)
        WHERE type = 'clicked' AND NOT list_contains([slot.item_id for slot in slots], events.item_id)
    """
    assert simulated.one(stray) == 0
    opened = "SELECT delivery_id FROM events WHERE type = 'opened' AND NOT machine"
    assert (
        simulated.one(f"SELECT count(*) FROM events WHERE type = 'clicked' AND delivery_id NOT IN ({opened})") == 0
    )
    clicks = dict(
        simulated.engine.execute("""
            SELECT variant, count(*) FROM events JOIN plan USING (delivery_id) WHERE type = 'clicked' GROUP BY 1
        """).fetchall()
    )
    assert clicks["treatment"] > 3 * clicks.get("control", 0)


def test_some_events_come_twice_with_one_id_and_ids_are_otherwise_unique(simulated: Simulated) -> None:
    times = """
        SELECT count(*) AS times, count(DISTINCT (delivery_id, type, "at")) AS events FROM events
        GROUP BY provider_event_id
    """
    assert simulated.one(f"SELECT max(events) FROM ({times})") == 1
    assert simulated.one(f"SELECT max(times) FROM ({times})") == 2
    assert simulated.one(f"SELECT count(*) FROM ({times}) WHERE times = 2") == simulated.counts["repeated"] > 0


def test_about_a_quarter_complete_something_within_a_day_anyway(
    simulated: Simulated, sample: Sample, tmp_path: Path
) -> None:
    one_each = tmp_path / "plan.parquet"
    simulated.engine.execute(
        f"COPY (FROM plan WHERE delivery_id LIKE '%control-0') TO '{one_each}' (FORMAT PARQUET)"
    )
    plays = tmp_path / "plays.jsonl"
    simulate_response(one_each, sample.folder, seed=5, events=tmp_path / "events", interactions=plays)
    share = simulated.one(f"""
        SELECT count(DISTINCT user_id) / 600 FROM '{plays}'
        WHERE event = 'complete' AND "at" <= '2026-11-22T18:00:00Z'
    """)
    assert 0.18 < share < 0.32


def test_openers_complete_what_suits_them_more_often_and_nothing_else(simulated: Simulated) -> None:
    opened = simulated.one("""
        SELECT count(DISTINCT delivery_id) FROM events JOIN plan USING (delivery_id)
        WHERE type = 'opened' AND NOT machine AND variant = 'treatment'
    """)
    assert simulated.counts["caused"] / opened == pytest.approx(CAUSED, abs=0.012)
    shown = dict(
        simulated.engine.execute("""
            SELECT variant, count(*) FROM plays
            JOIN (SELECT DISTINCT user_id, variant, unnest(slots).item_id AS item_id FROM plan)
            USING (user_id, item_id)
            WHERE event = 'complete' GROUP BY 1
        """).fetchall()
    )
    assert shown["treatment"] > simulated.counts["caused"] > 20 * shown.get("control", 0)


def test_plays_last_as_long_as_their_items_and_fall_into_the_week_after(simulated: Simulated) -> None:
    span = "SELECT min(\"at\") >= '2026-11-21 18:00', max(\"at\") < '2026-12-05' FROM plays WHERE event = 'listen'"
    assert simulated.engine.execute(span).fetchall() == [(True, True)]
    events = dict(simulated.engine.execute("SELECT event, count(*) FROM plays GROUP BY 1").fetchall())
    assert events["complete"] == simulated.counts["finished"]
    assert events["listen"] > events["complete"]


def test_a_collection_stands_for_its_first_member(sample: Sample, tmp_path: Path) -> None:
    sample.engine.execute(f"""
        COPY (SELECT 'd-' || user_id AS delivery_id, user_id, TIMESTAMP '2026-11-21 18:00:00' AS send_at,
            [{{'slot': 1, 'source': 'test', 'item_id': NULL::VARCHAR, 'collection_id': 'coll-001'}}] AS slots
        FROM users) TO '{tmp_path}/plan' (FORMAT PARQUET)
    """)
    counts = simulate_response(
        tmp_path / "plan", sample.folder, seed=1, events=tmp_path / "e", interactions=tmp_path / "i"
    )
    assert counts["clicked"] > 0
    clicked = sample.one(f"""
        SELECT DISTINCT item_id FROM read_json('{tmp_path}/e', columns = {{type: 'VARCHAR', item_id: 'VARCHAR'}})
        WHERE type = 'clicked'
    """)
    assert clicked == sample.one(
        "SELECT item_id FROM items WHERE collection_id = 'coll-001' AND collection_position = 1"
    )


@pytest.mark.parametrize(
    ("user", "item", "message"),
    [
        ("u9999999", "item-00001", "sends to user 'u9999999'"),
        ("u0000001", "no-such", "shows item or collection 'no-such'"),
    ],
)
def test_a_plan_from_elsewhere_is_refused_in_words(
    sample: Sample, tmp_path: Path, user: str, item: str, message: str
) -> None:
    sample.engine.execute(f"""
        COPY (SELECT 'd' AS delivery_id, '{user}' AS user_id, TIMESTAMP '2026-11-21 18:00:00' AS send_at,
            [{{'slot': 1, 'source': 'test', 'item_id': '{item}', 'collection_id': NULL::VARCHAR}}] AS slots)
        TO '{tmp_path}/plan' (FORMAT PARQUET)
    """)
    with pytest.raises(InputError, match=message):
        simulate_response(
            tmp_path / "plan", sample.folder, seed=1, events=tmp_path / "e", interactions=tmp_path / "i"
        )


def test_a_missing_or_unreadable_plan_is_an_error_in_words(sample: Sample, tmp_path: Path) -> None:
    for content in (None, "not Parquet"):
        if content:
            (tmp_path / "plan").write_text(content)
        with pytest.raises(InputError, match="cannot be read as Parquet"):
            simulate_response(
                tmp_path / "plan", sample.folder, seed=1, events=tmp_path / "e", interactions=tmp_path / "i"
            )
