"""`winddown serve` as a process of its own: what mail programs and providers tell it, and what that does."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from subprocess import Popen
from time import monotonic, sleep
from urllib.parse import urlsplit

import duckdb
import pytest
from command_line import CAMPAIGN, EDITION, FRIDAY, SUNDAY, Ran, Winddown, copied, finished, free_of_settings
from sendgrid_signer import body as posted
from sendgrid_signer import ec_key, entry, shown
from sendgrid_signer import headers as signed

from campaigns.ground.address import address_key
from campaigns.ground.event import Event, EventType
from campaigns.store.opening import open_ledger

BASE_URL = "https://mail.winddown.example"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MONDAY = "2026-11-23T09:00"
NEXT_BATCH = datetime(2026, 11, 27, tzinfo=UTC).timestamp()
_PORT = re.compile(r"listening on 127\.0\.0\.1 port (\d+)")
_HREF = re.compile(r'href="([^"]+)"')
_PICTURE = re.compile(r'<img src="(https://[^"]+/o/[^"]+\.gif)" width="1" height="1"')
_EVENTUALLY_S = 5.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Served:
    """A running `winddown serve`."""

    process: Popen[bytes]
    port: int

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body, {"User-Agent": FIREFOX, **(headers or {})})
            answer = connection.getresponse()
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
            )

    def get(self, link: str) -> Answer:
        """Open a link of an email, as if the service stood where it leads."""
        return self.ask("GET", _local(link))

    def one_click(self, link: str) -> Answer:
        """What Gmail posts when somebody presses its own "unsubscribe" (RFC 8058)."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", _local(link), b"List-Unsubscribe=One-Click", form)

    def stop(self, number: int) -> Ran:
        """Ask it to end."""
        self.process.send_signal(number)
        return finished(self.process)


@contextmanager
def served(winddown: Winddown, now: str = MONDAY) -> Iterator[Served]:
    """The service on a port of its choice, which it says on its first line."""
    process = winddown.start("serve", "--port", "0", now=now)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        found = _PORT.search(line)
        assert found, (line, process.stderr and process.stderr.read().decode())
        yield Served(process, int(found[1]))
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def _local(link: str) -> str:
    """The path of a link that leads to the service."""
    assert link.startswith(f"{BASE_URL}/"), link
    return urlsplit(link).path


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def address(content: bytes) -> str:
    return str(parsed(content)["To"].addresses[0].addr_spec)


def reader(content: bytes) -> str:
    """What the ledger knows an email's recipient by."""
    return address_key(address(content))


def unsubscribe_link(content: bytes) -> str:
    """The HTTPS address in List-Unsubscribe."""
    found = re.search(r"<(https://[^>]+)>", parsed(content)["List-Unsubscribe"])
    assert found
    return found[1]


def part(content: bytes, kind: str) -> str:
    body = parsed(content).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def list_headers(content: bytes) -> dict[str, str]:
    return {name: value for name, value in parsed(content).items() if name.startswith("List-")}


def rendered(winddown: Winddown, user_id: str) -> bytes:
    shown = winddown("render", CAMPAIGN, "--user", user_id)
    assert shown.code == 0, shown.stderr
    return shown.stdout


def events(winddown: Winddown) -> list[Event]:
    with closing(open_ledger(f"sqlite:///{winddown.ledger}")) as ledger:
        return list(ledger.events(EDITION))


def suppressed(winddown: Winddown) -> set[str]:
    with closing(open_ledger(f"sqlite:///{winddown.ledger}")) as ledger:
        return set(ledger.suppressed(CAMPAIGN))


def eventually(holds: Callable[[], bool]) -> bool:
    """Clicks are recorded once the answer is on its way, and so a moment later."""
    deadline = monotonic() + _EVENTUALLY_S
    while not holds() and monotonic() < deadline:
        sleep(0.02)
    return holds()


def with_data_for_next_week(winddown: Winddown) -> None:
    """A new batch, and curated picks as this week's."""
    for batch in (winddown.root / "data" / "recommendations").glob("*.out"):
        os.utime(batch, (NEXT_BATCH, NEXT_BATCH))
    curated = winddown.root / "data" / "curated.csv"
    lines = curated.read_text().splitlines(keepends=True)
    curated.write_text("".join([*lines, *(line.replace("W47", "W48") for line in lines if "W47" in line)]))


def item_urls(winddown: Winddown) -> set[str]:
    found = duckdb.sql(f"SELECT url FROM '{winddown.root}/data/items.parquet'").fetchall()
    return {str(url) for (url,) in found}


def test_gmails_one_click_on_a_real_email_is_heeded_and_looking_changes_nothing(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    delivery_id, content = min(winddown.emails().items())
    link, before = unsubscribe_link(content), suppressed(winddown)
    assert parsed(content)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with served(winddown) as service:
        for _ in range(3):
            page = service.get(link)
            assert (page.status, b"<form" in page.content) == (200, True)
        assert (events(winddown), suppressed(winddown)) == ([], before)
        assert service.one_click(link).status == 200
        (told,) = events(winddown)
        assert (told.delivery_id, told.type) == (delivery_id, EventType.UNSUBSCRIBED)
        assert suppressed(winddown) - before == {reader(content)}
        assert service.one_click(link).status == 200
        assert (events(winddown), suppressed(winddown)) == ([told], before | {reader(content)})


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
    link = unsubscribe_link(rendered(winddown, delivery.user_id))
    with served(winddown, now="2026-11-21T01:00") as service:
        assert service.one_click(link).status == 200
        assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert winddown.in_state("cancelled") == {key}
    assert winddown.emails().keys() == winddown.deliveries().keys() - {key}


def test_a_link_that_was_changed_unsubscribes_nobody(winddown: Winddown) -> None:
    delivery = min(winddown.deliveries().items())[1]
    link = unsubscribe_link(rendered(winddown, delivery.user_id))
    with served(winddown) as service:
        refused = service.one_click(link[:-1] + ("a" if link[-1] != "a" else "b"))
    assert 400 <= refused.status < 500
    assert (events(winddown), suppressed(winddown)) == ([], set())


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


# tracking


@pytest.fixture
def tracked(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    """A workspace whose edition was planned, checked and sent with tracking."""
    free_of_settings(monkeypatch)
    monkeypatch.setenv("WINDDOWN_LINKS__TRACK", "true")
    winddown = Winddown(copied(sample, tmp_path / "tracked"), monkeypatch)
    for command, now in (("plan", FRIDAY), ("check", FRIDAY), ("send", SUNDAY)):
        ran = winddown(command, CAMPAIGN, now=now)
        assert ran.code == 0, ran.stderr
    return winddown


def test_tracked_links_lead_through_us_to_the_item_and_the_click_is_recorded(tracked: Winddown) -> None:
    delivery_id, content = min(tracked.emails().items())
    links = [unescape(link) for link in _HREF.findall(part(content, "html"))]
    clicks = [link for link in links if link.startswith(f"{BASE_URL}/c/")]
    items = item_urls(tracked)
    assert clicks
    assert not [link for link in links if link.partition("?")[0] in items]
    with served(tracked) as service:
        ways = [service.get(link) for link in clicks]
        assert {way.status for way in ways} == {302}
        targets = {way.headers["location"] for way in ways}
        assert all(target.startswith("https://") for target in targets)
        assert {target.partition("?")[0] for target in targets} & items
        assert eventually(lambda: {event.type for event in events(tracked)} == {EventType.CLICKED})
        assert {event.delivery_id for event in events(tracked)} == {delivery_id}
        assert {event.item_id for event in events(tracked)} - {None}


def test_the_picture_is_in_the_html_and_tells_of_an_open(tracked: Winddown) -> None:
    delivery_id, content = min(tracked.emails().items())
    (picture,) = _PICTURE.findall(part(content, "html"))
    with served(tracked) as service:
        seen = service.get(unescape(picture))
        assert (seen.status, seen.headers["content-type"], seen.content[:4]) == (200, "image/gif", b"GIF8")
        assert eventually(lambda: bool(events(tracked)))
        assert [(event.type, event.delivery_id) for event in events(tracked)] == [(EventType.OPENED, delivery_id)]


def test_tracking_leaves_text_and_list_headers_as_they_are(tracked: Winddown, winddown: Winddown) -> None:
    sent = tracked.emails()
    winddown.patch.delenv("WINDDOWN_LINKS__TRACK", raising=False)
    for key, delivery in sorted(tracked.deliveries().items())[:5]:
        untracked = rendered(winddown, delivery.user_id)
        assert part(sent[key], "html") != part(untracked, "html")
        assert "/c/" not in part(untracked, "html")
        assert part(sent[key], "plain") == part(untracked, "plain")
        assert list_headers(sent[key]) == list_headers(untracked) != {}


# webhooks


SPAM_TOLD = datetime.fromisoformat(f"{MONDAY}+00:00")


@pytest.fixture
def believed(winddown: Winddown) -> None:
    """The workspace believes SendGrid's key."""
    winddown.patch.setenv("WINDDOWN_SERVE__SENDGRID_PUBLIC_KEYS", json.dumps([shown(ec_key())]))


def complaint(winddown: Winddown) -> tuple[str, bytes]:
    """A delivery, and what SendGrid posts when its reader calls it spam."""
    key, content = min(winddown.emails().items())
    told_at = int(SPAM_TOLD.timestamp()) - 3600
    return key, posted(entry("spamreport", email=address(content), delivery_id=key, timestamp=told_at))


@pytest.mark.usefixtures("believed")
def test_a_signed_complaint_of_sendgrids_is_recorded_once_and_suppresses(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    key, post = complaint(winddown)
    before = suppressed(winddown)
    with served(winddown) as service:
        for _ in range(2):
            taken = service.ask("POST", "/webhooks/sendgrid", post, signed(post, at=SPAM_TOLD))
            assert taken.status == 200
    (told,) = events(winddown)
    assert (told.delivery_id, told.type) == (key, EventType.COMPLAINED)
    assert suppressed(winddown) - before == {reader(winddown.emails()[key])}


@pytest.mark.usefixtures("believed")
def test_what_sendgrid_did_not_sign_is_refused(winddown: Winddown) -> None:
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    _, post = complaint(winddown)
    before = suppressed(winddown)
    with served(winddown) as service:
        for sent, signature in (
            (post, {}),
            (post, signed(post, at=SPAM_TOLD, key=ec_key(1))),
            (post.replace(b"spamreport", b"unsubscribe"), signed(post, at=SPAM_TOLD)),
        ):
            refused = service.ask("POST", "/webhooks/sendgrid", sent, signature)
            assert refused.status == 403
    assert (events(winddown), suppressed(winddown)) == ([], before)


@pytest.mark.parametrize(
    ("topics", "status"), [('["arn:aws:sns:eu-west-1:123456789012:events"]', 403), ("[]", 404)]
)
def test_an_unsigned_post_to_ses_is_refused_and_without_topics_there_is_no_such_webhook(
    winddown: Winddown, topics: str, status: int
) -> None:
    winddown.patch.setenv("WINDDOWN_SERVE__SNS_TOPICS", topics)
    notification = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:events",
        "Message": json.dumps({"eventType": "Complaint", "mail": {"tags": {}}}),
        "Timestamp": "2026-11-23T08:59:00.000Z",
    }
    with served(winddown) as service:
        refused = service.ask("POST", "/webhooks/ses", json.dumps(notification).encode())
    assert refused.status == status
    assert (events(winddown), suppressed(winddown)) == ([], set())
