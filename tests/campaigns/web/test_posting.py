"""Webhooks: what is signed is recorded once, what is not is refused, and what cannot be taken may come again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from web_service import SETTINGS, Service

from campaigns.ground.event import EventType
from campaigns.ports.ledger import Ledger
from campaigns.web.settings import Limits

SIGNED = {"x-signature": "good"}


def test_a_signed_post_is_recorded_and_a_repeated_one_changes_nothing(service: Service) -> None:
    for _ in range(2):
        answer = service.ask("POST", "/webhooks/shop", SIGNED, [b"ev", b"ent-1"])
        assert (answer.status, answer.body) == (200, b"")
    assert [(event.provider_event_id, event.type) for event in service.events()] == [
        ("event-1", EventType.DELIVERED)
    ]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"event-1", 403),
        ({"x-signature": "bad"}, b"event-1", 403),
        (SIGNED, b"unreadable", 400),
        (SIGNED, b"no certificate", 503),
    ],
)
def test_what_cannot_be_believed_or_read_is_refused(
    service: Service, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = service.ask("POST", "/webhooks/shop", headers, [body])
    assert (answer.status, answer.body) == (status, b"")
    assert ("retry-after" in answer.headers) == (status == 503)
    assert service.events() == []


def test_while_the_ledger_is_away_the_provider_is_told_to_try_again(broken: Service) -> None:
    answer = broken.ask("POST", "/webhooks/shop", SIGNED, [b"event-1"])
    assert answer.status == 503
    assert answer.headers["retry-after"]


def test_there_is_no_webhook_of_another_name_and_none_that_can_be_got(service: Service) -> None:
    assert service.post("/webhooks/other", b"x").status == 404
    assert service.get("/webhooks/shop").status == 405


@pytest.fixture
def strict(ledger: Ledger) -> Iterator[Service]:
    limits = Limits(
        webhook_bytes=1_000, webhook_bytes_at_once=1_500, body_seconds=0.05, refused_posts_per_minute=5
    )
    service = Service(ledger, replace(SETTINGS, limits=limits))
    yield service
    service.close()


def test_a_body_is_cut_off_where_it_becomes_too_large_whatever_length_it_claims(strict: Service) -> None:
    for length in ("10", "999999999999999999999", "-1", "x"):
        answer = strict.ask("POST", "/webhooks/shop", SIGNED | {"content-length": length}, [b"x" * 400] * 3)
        assert answer.status == 413
        assert answer.headers["connection"] == "close"


def test_the_largest_body_is_taken(strict: Service) -> None:
    assert strict.ask("POST", "/webhooks/shop", SIGNED, [b"x" * 500] * 2).status == 200


def test_a_slow_body_may_come_again_for_sns_would_give_up_at_408(strict: Service) -> None:
    answer = strict.ask("POST", "/webhooks/shop", SIGNED, [b"x"], ends="stalls")
    assert answer.status == 503
    assert answer.headers["connection"] == "close"


def test_a_body_that_breaks_off_is_not_believed(strict: Service) -> None:
    assert strict.ask("POST", "/webhooks/shop", SIGNED, [b"event-1"], ends="breaks off").status == 400
    assert strict.events() == []


def test_memory_that_bodies_took_is_given_back(strict: Service) -> None:
    for number in range(20):
        body = f"{number:0800d}".encode()
        assert strict.ask("POST", "/webhooks/shop", SIGNED, [body]).status == 200


def test_an_address_that_posts_unsigned_is_put_off_and_its_signed_posts_may_come_again(strict: Service) -> None:
    """An attacker can post through SNS, too, and so from the very addresses that our own posts come from."""
    unsigned = [strict.ask("POST", "/webhooks/shop", {}, [b"x"]).status for _ in range(7)]
    assert unsigned == [403] * 5 + [503] * 2
    assert strict.ask("POST", "/webhooks/shop", SIGNED, [b"e"]).status == 503
    elsewhere = strict.ask("POST", "/webhooks/shop", SIGNED, [b"e"], client=("198.51.100.1", 5))
    assert elsewhere.status == 200


def test_good_posts_are_never_counted(strict: Service) -> None:
    posts = [strict.ask("POST", "/webhooks/shop", SIGNED, [f"e{n}".encode()]).status for n in range(30)]
    assert set(posts) == {200}
