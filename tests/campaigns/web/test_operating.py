"""What operators ask: is it well, and what has it counted. Strangers learn no more than yes or no."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest
from prometheus_client.parser import text_string_to_metric_families
from web_service import CLICK, ONE_CLICK, SETTINGS, UNSUBSCRIBE, WHOSE, Answer, BrokenLedger, Service

from campaigns.ports.ledger import Ledger

LOCAL = ("127.0.0.1", 40_000)
PROXY = ("10.0.0.7", 40_000)


def test_it_is_well_while_the_ledger_can_be_reached(service: Service, broken: Service) -> None:
    assert (service.get("/healthz").status, service.get("/healthz").body) == (200, b"ok\n")
    assert (broken.get("/healthz").status, broken.get("/healthz").body) == (503, b"unavailable\n")


def test_asking_often_does_not_burden_the_ledger(ledger: Ledger) -> None:
    counting = BrokenLedger(ledger, failures=1)
    service = Service(counting, SETTINGS)  # type: ignore[arg-type]  # it stands for one
    assert {service.get("/healthz").status for _ in range(20)} == {503}
    time.sleep(1.1)
    assert service.get("/healthz").status == 200
    service.close()


def metrics(service: Service, client: tuple[str, int] | None = LOCAL, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.ask("GET", "/metrics", named, client=client)


def counted(service: Service) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(metrics(service).text)
    return {
        (sample.name, ",".join(sorted(sample.labels.values()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_happened_is_counted_by_kind_and_outcome(service: Service) -> None:
    service.post(UNSUBSCRIBE, ONE_CLICK)
    service.get(CLICK)
    service.get("/u/nonsense")
    for body in (b"event-1", b"event-1", b"event-2", b"of no use"):
        service.ask("POST", "/webhooks/shop", {"x-signature": "good"}, [body])
    service.post("/webhooks/shop", b"unsigned")
    found = counted(service)
    assert found["winddown_unsubscribes_total", "taken"] == 1
    assert found["winddown_events_total", "clicked,taken"] == 1
    assert found["winddown_events_total", "delivered,taken"] == 6  # the shop tells everything twice
    assert found["winddown_recorded_events_total", "new"] == 3
    assert found["winddown_recorded_events_total", "known"] == 4
    assert found["winddown_events_ignored_total", "shop"] == 3
    assert found["winddown_webhook_posts_total", "shop,taken"] == 4
    assert found["winddown_webhook_posts_total", "refused,shop"] == 1
    assert found["winddown_request_seconds_count", "/u/{token},200"] == 1
    assert found["winddown_request_seconds_count", "/u/{token},404"] == 1


def test_what_failed_is_counted_as_lost(broken: Service) -> None:
    broken.post(UNSUBSCRIBE, ONE_CLICK)
    broken.get(CLICK)
    found = counted(broken)
    assert found["winddown_unsubscribes_total", "lost"] == 1
    assert found["winddown_events_total", "clicked,lost"] == 1


def test_no_label_holds_what_a_stranger_chose(service: Service) -> None:
    for path in ("/u/chosen-token", "/chosen/path", "/webhooks/chosen-name", UNSUBSCRIBE):
        service.ask("CHOSEN", path)
        service.post(path, b"chosen")
    text = metrics(service).text
    assert "chosen" not in text.lower()
    assert WHOSE not in text


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (LOCAL, {}, 200),
        (("::1", 1), {}, 200),
        (("::ffff:127.0.0.1", 1), {}, 200),
        (("203.0.113.9", 1), {}, 404),
        (None, {}, 404),
        (("a unix socket", 0), {}, 404),
        (LOCAL, {"x_forwarded_for": "127.0.0.1"}, 404),
        (LOCAL, {"forwarded": "for=203.0.113.9"}, 404),
        (LOCAL, {"via": "1.1 somewhere"}, 404),
        (("203.0.113.9", 1), {"x_forwarded_for": "127.0.0.1"}, 404),
    ],
)
def test_only_this_machine_reads_them_and_not_through_a_proxy_that_nobody_named(
    service: Service, client: tuple[str, int] | None, headers: dict[str, str], status: int
) -> None:
    assert metrics(service, client, **headers).status == status


@pytest.fixture
def proxied(ledger: Ledger) -> Iterator[Service]:
    settings = replace(
        SETTINGS,
        trusted_proxies=(ip_network("10.0.0.0/24"),),
        metrics_from=(ip_network("192.0.2.0/24"),),
        metrics_token="a long token",
    )
    service = Service(ledger, settings)
    yield service
    service.close()


@pytest.mark.parametrize(
    ("client", "forwarded", "status"),
    [
        (PROXY, "192.0.2.5", 200),
        (PROXY, "203.0.113.9, 192.0.2.5, 10.0.0.9", 200),
        (PROXY, "192.0.2.5, 203.0.113.9", 404),
        (PROXY, "127.0.0.1", 404),
        (("203.0.113.9", 1), "192.0.2.5", 404),
        (("192.0.2.5", 1), "192.0.2.5", 404),
        (PROXY, "not an address", 404),
    ],
)
def test_a_trusted_proxy_is_believed_about_whom_it_speaks_to(
    proxied: Service, client: tuple[str, int], forwarded: str, status: int
) -> None:
    assert metrics(proxied, client, x_forwarded_for=forwarded).status == status


def test_whoever_has_the_token_reads_them_from_anywhere(proxied: Service) -> None:
    stranger = ("203.0.113.9", 1)
    assert metrics(proxied, stranger, authorization="Bearer a long token").status == 200
    for wrong in ("Bearer ", "Bearer a long toke", "a long token", "Basic a long token", "\xff"):
        assert metrics(proxied, stranger, authorization=wrong).status == 404


def test_without_a_token_no_empty_one_is_accepted(service: Service) -> None:
    assert metrics(service, ("203.0.113.9", 1), authorization="Bearer ").status == 404


def test_settings_shown_do_not_show_the_token(proxied: Service) -> None:
    assert "a long token" not in repr(proxied.settings)
