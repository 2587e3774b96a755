"""Unsubscribing: a look changes nothing, a post works at once, and no wish is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from web_service import (
    FORM,
    LINKS,
    NOW,
    ONE_CLICK,
    SENT,
    SETTINGS,
    STRANGER,
    UNSUBSCRIBE,
    WHOSE,
    BrokenLedger,
    Service,
    path_of,
)

from campaigns.ground.edition import Edition
from campaigns.ground.event import EventType
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.ports.ledger import Ledger
from campaigns.web.settings import Limits

NEXT = Edition("weekly_winddown", 2026, 49)
MULTIPART = (
    b'--b0undary\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b0undary--\r\n'
)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_changes_nothing(service: Service, method: str) -> None:
    for _ in range(3):
        assert service.ask(method, UNSUBSCRIBE).status == 200
    assert service.events() == []
    assert service.suppressed() == set()


def test_the_page_offers_this_email_or_all_email_by_a_form_that_posts_back(service: Service) -> None:
    page = service.get(UNSUBSCRIBE).text
    assert '<form method="post">' in page
    assert page.count("<button ") == 2
    assert 'name="scope" value="this"' in page
    assert 'name="scope" value="all"' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (ONE_CLICK, "application/x-www-form-urlencoded; charset=UTF-8"),
        (MULTIPART, "multipart/form-data; boundary=b0undary"),
        (b"", "application/x-www-form-urlencoded"),
        (b"scope=this", "application/x-www-form-urlencoded"),
        (b"\xff\x00scope=all", "application/octet-stream"),
        (b"&".join([b"a=b"] * 500), "application/x-www-form-urlencoded"),
    ],
)
def test_any_post_unsubscribes_from_this_campaign_at_once(service: Service, body: bytes, kind: str) -> None:
    answer = service.post(UNSUBSCRIBE, body, content_type=kind)
    assert answer.status == 200
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert [(event.type, event.delivery_id, event.at) for event in service.events()] == [
        (EventType.UNSUBSCRIBED, WHOSE, NOW)
    ]
    assert service.suppressed() == {"key-0"}
    assert service.suppressed("another_campaign") == set()


def test_the_second_button_stops_all_email(service: Service) -> None:
    answer = service.post(UNSUBSCRIBE, b"scope=all", **FORM)
    assert "no more email" in answer.text
    assert service.suppressed("another_campaign") == {"key-0"}


def test_whoever_stopped_this_email_can_stop_all_email_from_the_page_that_says_so(service: Service) -> None:
    page = service.post(UNSUBSCRIBE, b"scope=this", **FORM).text
    assert 'value="all"' in page
    assert 'value="this"' not in page
    service.post(UNSUBSCRIBE, b"scope=all", **FORM)
    assert service.suppressed("another_campaign") == {"key-0"}


def test_twice_is_the_same_as_once(service: Service) -> None:
    first, second = (service.post(UNSUBSCRIBE, ONE_CLICK) for _ in range(2))
    assert (first.status, first.body) == (second.status, second.body)
    assert len(service.events()) == 1


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr,es;q=0.4,en;q=0.2", "es"),
        ("fr", "en"),
        ("en;q=0.1, DE", "de"),
        ("de;q=x,es;q=2,en;q=0.1", "en"),
        ("*", "en"),
        ("de" * 5_000, "en"),
    ],
)
def test_the_page_speaks_the_reader_s_language(service: Service, accepted: str, language: str) -> None:
    answer = service.get(UNSUBSCRIBE, accept_language=accepted)
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language


def test_a_token_that_is_not_ours_is_404_and_is_not_repeated(service: Service) -> None:
    for token in ("nonsense", UNSUBSCRIBE[3:-1] + "A", "<script>alert(1)</script>", "a" * 10_000):
        for answer in (service.get(f"/u/{token}"), service.post(f"/u/{token}", ONE_CLICK)):
            assert answer.status == 404
            assert token not in answer.text
            assert "bye@winddown.example" in answer.text
    assert service.events() == []


def test_a_token_that_is_too_old_is_410_and_names_the_mailbox(service: Service) -> None:
    service.now = SENT + timedelta(days=401)
    for answer in (service.get(UNSUBSCRIBE), service.post(UNSUBSCRIBE, ONE_CLICK)):
        assert answer.status == 410
        assert "bye@winddown.example" in answer.text
    assert service.suppressed() == set()


def test_a_wish_about_a_delivery_that_the_ledger_does_not_know_is_kept_and_no_more_is_claimed(
    service: Service,
) -> None:
    answer = service.post(path_of(LINKS.unsubscribe(STRANGER, SENT)), ONE_CLICK)
    assert answer.status == 202
    assert "Your wish is kept" in answer.text
    assert service.suppressed() == set()
    kept = [line["to_ingest"] for line in service.journal if line.get("level") == "warning"]
    assert [event["delivery_id"] for event in kept] == [STRANGER]  # type: ignore[index]
    nobody = Enrolment(STRANGER, 0, "nobody", "key-of-nobody", SENT)
    service.ledger.enrol(
        NEXT, "a plan", [(nobody, Assignment("nobody", "picks", "control", 1, "s", "randomised"))], NOW
    )
    assert service.suppressed() == {"key-of-nobody"}
    assert service.suppressed("another_campaign") == set()


def test_a_ledger_that_fails_for_a_moment_loses_nothing(ledger: Ledger) -> None:
    patient = replace(SETTINGS, limits=Limits(unsubscribe_pauses=(0.01, 0.01)))
    service = Service(BrokenLedger(ledger, failures=2), patient)  # type: ignore[arg-type]  # it stands for one
    assert service.post(UNSUBSCRIBE, ONE_CLICK).status == 200
    assert service.suppressed() == {"key-0"}
    service.close()


def test_while_the_ledger_is_away_nobody_is_told_that_it_worked(broken: Service) -> None:
    answer = broken.post(UNSUBSCRIBE, ONE_CLICK)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "bye@winddown.example" in answer.text


def test_a_lost_wish_stands_in_the_journal_as_an_event_to_ingest(broken: Service) -> None:
    broken.post(UNSUBSCRIBE, ONE_CLICK)
    lost = [line["to_ingest"] for line in broken.journal if line.get("message") == "unsubscribe lost"]
    assert lost == [
        {
            "provider_event_id": f"unsubscribed-{WHOSE}",
            "delivery_id": WHOSE,
            "type": "unsubscribed",
            "at": NOW.isoformat(),
        }
    ]


@pytest.fixture
def few(ledger: Ledger) -> Iterator[Service]:
    service = Service(ledger, replace(SETTINGS, limits=Limits(refusals_per_minute=5, uses_per_minute=5)))
    yield service
    service.close()


def test_one_address_unsubscribes_as_many_people_as_it_likes(few: Service) -> None:
    """Gmail and Yahoo post for all of their users from a few addresses."""
    everybody = [path_of(LINKS.unsubscribe(f"{n:032x}", SENT)) for n in range(50)]
    assert {few.post(path, ONE_CLICK).status for path in everybody} == {202}  # unknown deliveries, none 429
    assert few.post(UNSUBSCRIBE, ONE_CLICK).status == 200


def test_an_address_that_guesses_tokens_is_slowed_but_its_neighbours_real_ones_are_not(few: Service) -> None:
    assert [few.get(f"/u/guess{n}").status for n in range(7)] == [404] * 5 + [429] * 2
    assert int(few.get("/u/guess").headers["retry-after"]) > 0
    assert few.get(UNSUBSCRIBE).status == 200
    assert few.post(UNSUBSCRIBE, ONE_CLICK).status == 200
    elsewhere = few.ask("GET", "/u/guess", client=("203.0.113.10", 1))
    assert elsewhere.status == 404


def test_one_token_posted_without_end_is_slowed(few: Service) -> None:
    assert [few.post(UNSUBSCRIBE, ONE_CLICK).status for _ in range(7)] == [200] * 5 + [429] * 2


def test_a_body_larger_than_any_form_is_413_however_it_comes(service: Service) -> None:
    chunk = b"x" * 1000
    answer = service.ask("POST", UNSUBSCRIBE, {"content-length": "3"}, [chunk] * 100)
    assert answer.status == 413
    assert service.events() == []


def test_a_body_that_never_ends_is_408(ledger: Ledger) -> None:
    service = Service(ledger, replace(SETTINGS, limits=Limits(body_seconds=0.05)))
    assert service.ask("POST", UNSUBSCRIBE, chunks=[b"List-"], ends="stalls").status == 408
    assert service.events() == []
    service.close()
