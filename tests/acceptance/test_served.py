"""`winddown serve` as a process of its own: unsubscribing by a real email's links, and its end."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from command_line import CAMPAIGN, SUNDAY, Winddown
from received import parsed, reader, unsubscribe_link, unsubscribe_mailto
from served import MONDAY, served

from campaigns.ground.event import EventType

NEXT_BATCH = datetime(2026, 11, 27, tzinfo=UTC).timestamp()


def with_data_for_next_week(winddown: Winddown) -> None:
    """A new batch, and curated picks as this week's."""
    for batch in (winddown.root / "data" / "recommendations").glob("*.out"):
        os.utime(batch, (NEXT_BATCH, NEXT_BATCH))
    curated = winddown.root / "data" / "curated.csv"
    lines = curated.read_text().splitlines(keepends=True)
    curated.write_text("".join([*lines, *(line.replace("W47", "W48") for line in lines if "W47" in line)]))


def test_gmails_one_click_on_a_real_email_is_heeded_and_looking_changes_nothing(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    delivery_id, content = min(winddown.emails().items())
    link, before = unsubscribe_link(content), winddown.suppressed()
    assert parsed(content)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with served(winddown) as service:
        for _ in range(3):
            page = service.get(link)
            assert (page.status, b"<form" in page.content) == (200, True)
        assert (winddown.events(), winddown.suppressed()) == ([], before)
        assert service.one_click(link).status == 200
        (told,) = winddown.events()
        assert (told.delivery_id, told.type) == (delivery_id, EventType.UNSUBSCRIBED)
        assert winddown.suppressed() - before == {reader(content)}
        assert service.one_click(link).status == 200
        assert (winddown.events(), winddown.suppressed()) == ([told], before | {reader(content)})


def test_who_unsubscribed_by_one_click_is_not_in_the_next_edition(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    gone, content = min(winddown.emails().items())
    user_id = winddown.deliveries()[gone].user_id
    with served(winddown) as service:
        assert service.one_click(unsubscribe_link(content)).status == 200
    with_data_for_next_week(winddown)
    replanned = winddown("plan", CAMPAIGN, now="2026-11-27T20:00")
    assert replanned.code == 0, replanned.stderr
    plan = winddown.edition.with_name("2026-W48") / "plan.parquet"
    planned = {str(one) for (one,) in duckdb.sql(f"SELECT user_id FROM '{plan}'").fetchall()}
    got = {delivery.user_id for delivery in winddown.deliveries().values()}
    assert len(got & planned) > 10
    assert user_id not in planned


def test_who_unsubscribes_before_the_hour_is_the_only_one_that_gets_nothing(winddown: Winddown) -> None:
    key, delivery = min(winddown.deliveries().items())
    link = unsubscribe_link(winddown.rendered(delivery.user_id))
    with served(winddown, now="2026-11-21T01:00") as service:
        assert service.one_click(link).status == 200
        assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.in_state("cancelled") == {key}
    assert winddown.emails().keys() == winddown.deliveries().keys() - {key}


def test_a_link_that_was_changed_unsubscribes_nobody(winddown: Winddown) -> None:
    delivery = min(winddown.deliveries().items())[1]
    link = unsubscribe_link(winddown.rendered(delivery.user_id))
    with served(winddown) as service:
        refused = service.one_click(link[:-1] + ("a" if link[-1] != "a" else "b"))
    assert 400 <= refused.status < 500
    assert (winddown.events(), winddown.suppressed()) == ([], set())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_being_asked_to_end_it_ends_in_good_order(winddown: Winddown, number: int, code: int) -> None:
    with served(winddown) as service:
        assert service.ask("GET", "/healthz").status == 200
        ended = service.stop(number)
    assert (ended.code, ended.stderr) == (code, "")


def test_a_port_that_is_taken_is_one_sentence(winddown: Winddown) -> None:
    with served(winddown) as service:
        port = str(service.port)
        ran = winddown.run("serve", "--port", port)
    assert ran.code == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in ran.said
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("times", [1, 2])
def test_an_unsubscribe_by_email_is_heeded_like_one_by_its_link(
    winddown: Winddown, tmp_path: Path, times: int
) -> None:
    """The mail program follows the `mailto:` of a real email, and the mailbox is ingested."""
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    delivery_id, content = min(winddown.emails().items())
    before = winddown.suppressed()
    subject = unquote(unsubscribe_mailto(content).partition("?subject=")[2])
    (tmp_path / "wish.eml").write_text(f"To: bye@winddown.example\nSubject: {subject}\n\n")
    for _ in range(times):
        ran = winddown("ingest", "--mailbox", str(tmp_path), "--json", now=MONDAY)
        assert ran.code == 0, ran.stderr
        assert (ran.json["messages"], ran.json["unsubscribed"]) == (1, 1)
    (told,) = winddown.events()
    assert (told.delivery_id, told.type) == (delivery_id, EventType.UNSUBSCRIBED)
    assert winddown.suppressed() - before == {reader(content)}
