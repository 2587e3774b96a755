"""What holds for every answer: careful headers, a line in the journal without anybody in it, never a traceback."""

from __future__ import annotations

import json

import pytest
from web_service import CLICK, ONE_CLICK, OPEN, UNSUBSCRIBE, WHOSE, Service

from campaigns.ports.ledger import Ledger
from campaigns.web.pages import LANGUAGES, Page, Pages, _strings

EVERYTHING = [UNSUBSCRIBE, CLICK, OPEN, "/u/x", "/", "/healthz", "/metrics", "/webhooks/shop", "/webhooks/none"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("path", EVERYTHING)
def test_browsers_are_told_to_be_careful(service: Service, path: str, method: str) -> None:
    headers = service.ask(method, path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "set-cookie" not in headers
    assert "server" not in headers


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_other_methods_are_405_and_say_which_are_right(service: Service, method: str) -> None:
    answer = service.ask(method, UNSUBSCRIBE)
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", [UNSUBSCRIBE + "/", CLICK + "/", "//evil.example/u/x", "/u", "/u/", "/healthz/"])
def test_no_path_is_corrected_by_a_redirect_that_would_name_the_host_of_the_request(
    service: Service, path: str
) -> None:
    answer = service.get(path)
    assert answer.status == 404
    assert "evil.example" not in str(answer)


def test_the_journal_has_the_route_and_nobody_s_address_token_or_query(service: Service) -> None:
    service.get(UNSUBSCRIBE, user_agent="A Browser", x_forwarded_for="198.51.100.77", referer="https://a.example")
    service.post(UNSUBSCRIBE, ONE_CLICK)
    service.get("/u/guessed@mail.example")
    written = json.dumps(service.journal)
    for secret in (WHOSE, "guessed", "secret", "203.0.113", "198.51.100", "A Browser", "a.example", "One-Click"):
        assert secret not in written
    assert [(line["method"], line["route"], line["status"]) for line in service.journal] == [
        ("GET", "/u/{token}", 200),
        ("POST", "/u/{token}", 200),
        ("GET", "/u/{token}", 404),
    ]
    assert all(isinstance(line["ms"], float) and line["at"] for line in service.journal)


def test_what_nobody_foresaw_is_503_without_a_word_of_it(ledger: Ledger) -> None:
    def judge(*_: object) -> str:
        raise RuntimeError("anna.private@mail.example")

    service = Service(ledger, judge=judge)
    answer = service.get(CLICK)
    assert answer.status == 503
    assert "Traceback" not in answer.text
    assert "private" not in answer.text + json.dumps(service.journal)
    (line,) = (line for line in service.journal if line.get("message") == "unforeseen")
    assert line["error"] == "RuntimeError"
    assert any("web/following.py" in place for place in line["at"])  # type: ignore[union-attr]
    assert answer.headers["content-security-policy"]
    service.close()


def test_a_failure_after_the_answer_is_journalled_and_harms_nobody(ledger: Ledger) -> None:
    service = Service(ledger)
    ledger.close()  # type: ignore[attr-defined]  # as a database that went away
    service.get(OPEN)
    assert service.get(OPEN).status == 200
    service.close()


def test_pages_escape_whose_they_are() -> None:
    pages = Pages("<b>Wind & Down</b>", "bye@mail.example")
    assert "<b>" not in pages._made[Page.ASK, "en"]
    assert "&lt;b&gt;Wind &amp; Down&lt;/b&gt;" in pages._made[Page.ASK, "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_words_for_everything(language: str) -> None:
    def shape(words: object) -> object:
        return {key: shape(value) for key, value in words.items()} if isinstance(words, dict) else "text"

    assert shape(_strings(language)) == shape(_strings("en"))
    assert set(_strings(language)) == set(Page)
