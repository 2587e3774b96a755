"""`winddown serve` as a process of its own, and what browsers, mail programs and providers ask it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from subprocess import Popen
from urllib.parse import urlsplit

from command_line import Ran, Winddown, finished

BASE_URL = "https://mail.winddown.example"
MONDAY = "2026-11-23T09:00"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_PORT = re.compile(r"listening on 127\.0\.0\.1 port (\d+)")


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
