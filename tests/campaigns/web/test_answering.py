"""Odd picks: a look is no answer, a button is one, however often it is pressed; and nobody else's links answer."""

from __future__ import annotations

import pytest
from web_service import FORM, LINKS, NOW, SENT, UNSUBSCRIBE, WHOSE, BrokenLedger, Service, path_of

from campaigns.ground.event import EventType
from campaigns.web.pages import LANGUAGES

ODD = path_of(LINKS.odd_pick(WHOSE, SENT, "the cat/1 é"))


def _answers(service: Service) -> list[tuple[str, str | None]]:
    return [(event.delivery_id, event.item_id) for event in service.events() if event.type is EventType.ODD_PICK]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_look_asks_in_the_readers_language_and_is_no_answer(service: Service, language: str) -> None:
    page = service.get(ODD, accept_language=language)
    assert page.status == 200
    assert f'lang="{language}"' in page.text
    assert page.text.count("<button>") == 1
    assert "scope" not in page.text
    assert service.ask("HEAD", ODD).status == 200
    assert service.events() == []


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=One-Click", b"scope=all", b"\xff"])
def test_the_button_answers_about_that_item_and_unsubscribes_nobody(service: Service, body: bytes) -> None:
    answer = service.post(ODD, body, **FORM)
    assert answer.status == 200
    assert "Thank you" in answer.text
    (event,) = service.events()
    assert (event.type, event.delivery_id, event.item_id, event.at, event.machine) == (
        EventType.ODD_PICK,
        WHOSE,
        "the cat/1 é",
        NOW,
        False,
    )
    assert not event.suppresses
    assert service.suppressed() == set()


def test_one_answer_an_item_counts_however_often_it_is_given(service: Service) -> None:
    for item_id in ("cat", "dog", "cat"):
        service.post(path_of(LINKS.odd_pick(WHOSE, SENT, item_id)))
    assert sorted(_answers(service)) == [(WHOSE, "cat"), (WHOSE, "dog")]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/p/" + UNSUBSCRIBE.removeprefix("/u/"),
        "/p/"
        + path_of(LINKS.click_to("https://a.example/", "cat") + LINKS.click_by(WHOSE, SENT)).removeprefix("/c/"),
        ODD[:-1] + ("A" if ODD[-1] != "A" else "B"),
        ODD.replace("~", "Z~"),
        "/u/" + ODD.removeprefix("/p/"),
        "/p/x",
    ],
)
def test_a_token_of_another_kind_or_changed_by_a_letter_is_404(service: Service, method: str, path: str) -> None:
    assert service.ask(method, path).status == 404
    assert service.events() == []


def test_where_the_ledger_cannot_be_written_it_says_to_try_again() -> None:
    service = Service(BrokenLedger())  # type: ignore[arg-type]  # it breaks whatever is asked
    assert service.post(ODD).status == 503
    service.close()
