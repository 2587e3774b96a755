"""Strangers: whatever they ask, and however, is answered in order, and nothing of it is believed or repeated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_service import (
    CLICK,
    LINKS,
    ONE_CLICK,
    OPEN,
    SENT,
    UNSUBSCRIBE,
    WHOSE,
    Answer,
    Service,
    ledger_of,
    path_of,
)

from campaigns.ground.event import EventType
from campaigns.links import SignedLinks

EVIL = SignedLinks.of(["another key"], base_url=LINKS.base_url, mailbox="x@y.example")
MARK = "zq7Reflected"
ORDERLY = {200, 302, 400, 403, 404, 405, 408, 410, 413, 429}

methods = st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"])
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
paths = st.one_of(
    words.map(lambda word: f"/{word}"),
    st.tuples(
        st.sampled_from(["/u/", "/c/", "/o/", "/webhooks/", "/healthz", "/metrics", "//", "/u//", "/../"]), words
    ).map("".join),
    st.sampled_from(
        ["", "/u/%00", "/u/..%2f..", "/o/.gif", "/c/~", "/c/~~", "/webhooks/shop", "*", "/u/\r\nX: y"]
    ),
)
_NAMES = [
    "accept-language",
    "content-type",
    "content-length",
    "user-agent",
    "x-forwarded-for",
    "authorization",
    "cookie",
    "x-signature",
    "host",
    "range",
    "if-none-match",
    "transfer-encoding",
    "expect",
    "forwarded",
    "x-original-url",
]
headers = st.dictionaries(
    st.sampled_from(_NAMES), st.text(st.characters(max_codepoint=255), max_size=80), max_size=5
)
bodies = st.lists(st.binary(max_size=3_000) | st.just(ONE_CLICK) | st.just(b"scope=all"), min_size=1, max_size=12)
clients = st.sampled_from(
    [("203.0.113.9", 1), ("2001:db8::1", 2), ("", 0), None, ("127.0.0.1", 5), ("no address", 0)]
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    with ledger_of(folder) as ledger:
        service = Service(ledger)
        yield service
        service.close()


def check_orderly(service: Service, answer: Answer, *believed: EventType) -> None:
    assert answer.status in ORDERLY
    assert "Traceback" not in answer.text if answer.headers.get("content-type", "").startswith("text") else True
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not [line for line in service.journal if line.get("message") == "unforeseen"]
    assert {event.type for event in service.events()} <= set(believed)
    service.journal.clear()


@given(methods, paths, headers, bodies, clients, st.sampled_from(["whole", "breaks off"]))
def test_anything_at_all_is_answered_in_order(
    service: Service,
    method: str,
    path: str,
    headers: dict[str, str],
    body: list[bytes],
    client: object,
    ends: object,
) -> None:
    answer = service.ask(method, path, headers, body, client, ends=ends)  # type: ignore[arg-type]  # anything at all
    check_orderly(service, answer)
    assert service.suppressed() == set()


def _damaged(path: str) -> st.SearchStrategy[str]:
    """A token with one place of it changed, cut out, doubled or cut off."""
    start = path.index("/", 1) + 1
    places = st.integers(start, len(path) - 1)
    letters = st.sampled_from("AZaz09-_.~%/ \x00\u00e9=")
    return st.one_of(
        st.tuples(places, letters).map(lambda at: path[: at[0]] + at[1] + path[at[0] + 1 :]),
        st.tuples(places, letters).map(lambda at: path[: at[0]] + at[1] + path[at[0] :]),
        places.map(lambda at: path[:at]),
        places.map(lambda at: path[:at] + path[at + 1 :]),
        places.map(lambda at: path + path[at:]),
    ).filter(lambda changed: changed != path)


@given(st.sampled_from(["GET", "POST"]), st.sampled_from([UNSUBSCRIBE, CLICK, OPEN]).flatmap(_damaged))
def test_no_damaged_token_does_anything(service: Service, method: str, path: str) -> None:
    answer = service.ask(method, path, chunks=[ONE_CLICK])
    assert answer.status in {404, 405, 429}
    assert "location" not in answer.headers
    check_orderly(service, answer)
    assert service.suppressed() == set()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        path_of(EVIL.unsubscribe(WHOSE, SENT)),
        path_of(EVIL.open(WHOSE, SENT)),
        path_of(EVIL.click_to("https://evil.example/", None) + EVIL.click_by(WHOSE, SENT)),
        path_of(EVIL.click_to("https://evil.example/", None) + LINKS.click_by(WHOSE, SENT)),
        path_of(LINKS.click_to("https://app.winddown.example/", None) + EVIL.click_by(WHOSE, SENT)),
    ],
)
def test_no_token_by_another_key_does_anything(service: Service, method: str, path: str) -> None:
    answer = service.ask(method, path, chunks=[ONE_CLICK])
    assert answer.status in {404, 405, 429}
    check_orderly(service, answer)


@given(
    st.sampled_from(
        [f"/{MARK}", f"/u/{MARK}", f"/c/{MARK}", f"/o/{MARK}.gif", f"/webhooks/{MARK}", f'/u/"><b>{MARK}']
    ),
    methods,
)
def test_nothing_of_a_request_is_repeated(service: Service, path: str, method: str) -> None:
    more = dict.fromkeys(("accept-language", "user-agent", "referer", "cookie", "origin", "x-signature"), MARK)
    answer = service.ask(method, path, more, [MARK.encode()])
    assert MARK not in answer.text
    assert MARK not in str(dict(answer.headers))
    assert MARK not in str(service.journal)
    check_orderly(service, answer)


@given(headers, st.lists(st.binary(max_size=2_000), min_size=1, max_size=5))
def test_no_post_to_a_webhook_is_believed_that_is_not_signed(
    service: Service, headers: dict[str, str], body: list[bytes]
) -> None:
    unsigned = {name: value for name, value in headers.items() if name != "x-signature"}
    answer = service.ask("POST", "/webhooks/shop", unsigned, body, ("198.51.100.1", 1))
    assert answer.status in {403, 503}
    check_orderly(service, Answer(403, answer.headers, answer.body))
