"""`winddown preview` as a process of its own, and what its pages say."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from subprocess import Popen, TimeoutExpired
from urllib.parse import urlencode

from command_line import CAMPAIGN, FRIDAY, Winddown
from served import Answer

_ADDRESS = re.compile(r"http://([\w.\[\]:]+):(\d+)/(?:\?token=(\S+))?")
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True)
class Studio:
    """A running studio."""

    process: Popen[bytes]
    port: int
    token: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())

    def page(self, path: str) -> str:
        """A page that is there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, answer.content[:2000])
        return answer.content.decode()

    def post(self, path: str, headers: Mapping[str, str] | None = None, **fields: str | list[str]) -> Answer:
        """Post a form of the studio's own."""
        csrf = _CSRF.search(self.ask("GET", "/").content.decode())
        assert csrf
        form = urlencode({"csrf": csrf[1], **fields}, doseq=True).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, form, {**kind, **(headers or {})})


@contextmanager
def previewed(winddown: Winddown, *arguments: str, now: str = FRIDAY) -> Iterator[Studio]:
    """The studio on a port of its choice, which it says on its first line."""
    process = winddown.start("preview", CAMPAIGN, "--port", "0", *arguments, now=now)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        found = _ADDRESS.search(line)
        assert found, (line, process.stderr and process.stderr.read().decode())
        yield Studio(process, int(found[2]), found[3] or "")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=60)
        except TimeoutExpired:
            process.kill()
            process.communicate()
            raise
