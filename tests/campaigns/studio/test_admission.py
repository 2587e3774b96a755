"""Who may ask the studio: its own pages, by a name that is its own, with the token where others can reach it."""

from __future__ import annotations

import pytest
from asked import Answered, ask
from starlette.responses import PlainTextResponse

from campaigns.studio.admission import Door, admitting, is_loopback, names_of

HOME = "http://127.0.0.1:8500"


def _ask(
    method: str = "GET",
    path: str = "/",
    *,
    token: str = "",
    host: str = "127.0.0.1",
    further: tuple[str, ...] = (),
    **headers: str,
) -> Answered:
    door = Door(names_of(host, further), csrf="c", token=token)
    return ask(admitting(PlainTextResponse("let in"), door), method, path, **headers)


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_the_address_bar_and_our_own_pages_are_let_in(site: str) -> None:
    assert _ask(sec_fetch_site=site).text == "let in"
    assert _ask("POST", origin=HOME, sec_fetch_site=site).text == "let in"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_another_site_s_page_is_refused_whatever_it_asks(site: str, method: str) -> None:
    assert _ask(method, sec_fetch_site=site).status == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:8501", "http://localhost:8500"]
)
def test_what_another_origin_posts_is_refused(origin: str) -> None:
    assert _ask("POST", origin=origin).status == 403


@pytest.mark.parametrize(
    "name",
    ["evil.example", "evil.example:8500", "127.0.0.1.evil.example", "", "127.0.0.2", "[::2]:8500", "10.0.0.1"],
)
def test_a_name_that_is_made_to_lead_here_is_refused(name: str) -> None:
    door = Door(names_of("127.0.0.1", ()), csrf="c")
    assert ask(admitting(PlainTextResponse("let in"), door), Host=name).status == 421


@pytest.mark.parametrize("name", ["localhost:8500", "LOCALHOST", "127.0.0.1:9", "[::1]:8500"])
def test_this_machine_s_own_names_are_the_studio_s(name: str) -> None:
    door = Door(names_of("127.0.0.1", ()), csrf="c")
    assert ask(admitting(PlainTextResponse("let in"), door), Host=name).text == "let in"


def test_names_that_the_operator_gives_are_too() -> None:
    door = Door(names_of("10.0.0.1", ("studio.example.org",)), csrf="c")
    assert ask(admitting(PlainTextResponse("let in"), door), Host="studio.example.org").text == "let in"


def test_where_others_can_reach_it_nobody_gets_in_without_the_token() -> None:
    assert _ask(token="right").status == 403
    assert _ask("GET", "/?token=wrong", token="right").status == 403
    assert _ask(token="right", authorization="Bearer wrong").status == 403
    assert _ask(token="right", cookie="winddown_studio=wrong").status == 403
    assert _ask(token="right", authorization="Bearer right").text == "let in"
    assert _ask(token="right", cookie="winddown_studio=right").text == "let in"


def test_the_token_goes_into_a_cookie_that_no_script_and_no_other_site_sees() -> None:
    answer = _ask("GET", "/?token=right", token="right")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_addresses_need_no_token(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.1.1.1", "studio.example", "", "localhost.example"])
def test_every_other_address_does(address: str) -> None:
    assert not is_loopback(address)
