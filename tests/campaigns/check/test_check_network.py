"""The network check: what a server says of a link or a picture, each asked for once, and only on request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest
from http_server import Fault, HttpServer, Reply
from sound_message import HTML, LINK, SOUND, campaign, item, with_items

from campaigns.check.inspector import Inspector
from campaigns.check.network import Network
from campaigns.ground.message import Message

PICTURE = Reply(body=b"x" * 100, content_type="image/png")
REPLIES = {
    "/fine": Reply(),
    "/gone": Reply(404),
    "/broken": Reply(500),
    "/members": Reply(403),
    "/busy": Reply(429),
    "/reset": Reply(fault=Fault.RESET),
    "/silent": Reply(fault=Fault.SILENCE),
    "/moved": Reply(301, headers={"Location": "/fine"}),
    "/lost": Reply(301, headers={"Location": "/gone"}),
    "/circle": Reply(301, headers={"Location": "/circle"}),
    "/1.png": PICTURE,
    "/heavy.png": replace(PICTURE, body=b"x" * 201 * 1024),
    "/page.png": Reply(body=b"<html>", content_type="text/html"),
}


@dataclass
class Site:
    """Answers as said above, and counts what it was asked for."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    knows_head: bool = True

    async def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:  # noqa: ARG002
        self.asked[method, path] += 1
        if method == "HEAD" and not self.knows_head:
            return Reply(405)
        return REPLIES.get(path.partition("?")[0], Reply(404))


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def url(site: Site) -> Iterator[str]:
    with HttpServer(site) as server:
        yield server.url


@pytest.fixture
def network() -> Network:
    return Network(("http", "https"), 200, timeout_s=0.3)


@pytest.mark.parametrize("knows", ["HEAD", "GET"])
@pytest.mark.parametrize(
    ("path", "code", "detail"),
    [
        ("/fine", None, ""),
        ("/moved", None, ""),
        ("/gone", "broken_link", "the server said 404"),
        ("/lost", "broken_link", "the server said 404"),
        ("/broken", "broken_link", "the server said 500"),
        ("/circle", "broken_link", "it leads in a circle"),
        ("/reset", "broken_link", "reset"),
        ("/silent", "broken_link", "timed out"),
        ("/members", "untried_link", "the server said 403"),
        ("/busy", "untried_link", "the server said 429"),
    ],
)
def test_a_link_is_what_its_server_says(
    path: str,
    code: str | None,
    detail: str,
    knows: str,
    url: str,
    site: Site,
    network: Network,
) -> None:
    site.knows_head = knows == "HEAD"
    problem = network.link(url + path)
    assert (problem.kind.code if problem else None) == code
    assert detail in (problem.detail.lower() if problem else "")


@pytest.mark.parametrize(
    ("path", "code", "detail"),
    [
        ("/1.png", None, ""),
        ("/gone", "missing_image", "404"),
        ("/members", "missing_image", "403"),
        ("/page.png", "missing_image", "text/html, no picture"),
        ("/heavy.png", "heavy_image", "201 KB, wanted at most 200 KB"),
    ],
)
def test_a_picture_is_what_its_server_says(
    path: str, code: str | None, detail: str, url: str, network: Network
) -> None:
    problem = network.picture(url + path)
    assert (problem.kind.code if problem else None) == code
    assert detail in (problem.detail if problem else "")


def test_a_link_that_leads_away_from_https_is_a_bad_one(url: str) -> None:
    problem = Network(("https",), 200).link(f"{url}/moved")
    assert problem is not None
    assert (problem.kind.code, problem.detail) == ("bad_link", f"{url}/moved leads to {url}/fine")


def test_a_server_that_is_not_there_makes_a_broken_link(network: Network) -> None:
    problem = network.link("http://127.0.0.1:9/")
    assert problem is not None
    assert problem.kind.code == "broken_link"


def test_each_address_is_asked_for_once_whatever_utm_parameters_it_has(
    url: str, site: Site, network: Network
) -> None:
    links = [f"{url}/fine?a=1", f"{url}/fine?a=1&utm_source=x", f"{url}/fine?utm_source=y&a=1#top", f"{url}/gone"]
    network.ask_all(links, [f"{url}/1.png"])
    network.ask_all(links, [f"{url}/1.png"])
    assert [network.link(link) is None for link in links] == [True, True, True, False]
    assert (network.asked, site.asked["HEAD", "/fine?a=1"], site.asked["HEAD", "/1.png"]) == (3, 1, 1)


@pytest.mark.parametrize(
    "address", ["mailto:care@example.org", "file:///etc/passwd", "tel:1", "", "ftp://x.example"]
)
def test_nothing_but_http_is_asked_for(address: str, network: Network) -> None:
    assert (network.link(address), network.picture(address), network.asked) == (None, None, 0)


def message_with(url: str, **html: str) -> Message:
    text = HTML
    for old, new in html.items():
        text = text.replace({"page": "https://app.example/1", "picture": "https://images.example/1.png"}[old], new)
    return replace(SOUND.message, html=text.replace(LINK, f"{url}/unsubscribe"))


def test_a_messages_links_and_pictures_are_asked_for_but_never_its_unsubscribe_link(url: str, site: Site) -> None:
    shown = (item("i1", url=f"{url}/gone?utm_source=x", image_url=f"{url}/1.png"), item("i2", url=f"{url}/fine"))
    case = with_items(*shown)
    message = message_with(url, page=f"{url}/members", picture=f"{url}/page.png")
    headers = (("List-Unsubscribe", f"<{url}/unsubscribe>"), *message.headers)
    network = Network(("http", "https"), 200)
    found = Inspector(case.catalogue, campaign(), network).look(case.row, replace(message, headers=headers))
    details = {finding.code: finding.detail for finding in found}
    assert details["untried_link"] == f"{url}/members: the server said 403"
    assert details["missing_image"] == f"{url}/page.png: it is text/html, no picture"
    assert ("HEAD", "/gone") in site.asked
    assert not any("/unsubscribe" in path for _, path in site.asked)


def test_nothing_is_asked_for_where_no_network_is_given(url: str, site: Site) -> None:
    case = with_items(item("i1", url=f"{url}/gone"), item("i2", url=f"{url}/fine", title="Rain"))
    Inspector(case.catalogue, campaign()).look(case.row, case.message)
    assert site.asked == Counter()
