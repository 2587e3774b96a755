"""Links and pictures, asked for over the network: whether they are there. Each address is asked for once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from campaigns.check.kinds import BAD_LINK, BROKEN_LINK, MISSING_IMAGE, UNTRIED_LINK, Problem
from campaigns.check.pictures import heaviness

_TIMEOUT_S = 10.0
_AT_ONCE = 8
_AGENT = "Winddown (checks the links of an email before it is sent)"
_REFUSED = frozenset({401, 403, 429, 503})
"""What servers say to machines, and often not to people."""

_ERROR = 400
_OURS = "utm_"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said.

    Attributes:
        url: where it led in the end.
        size: in bytes; for a picture without a length, as far as it was read.
        trouble: why there was no answer; then nothing else counts.
    """

    url: str
    status: int = 0
    content_type: str = ""
    size: int = 0
    trouble: str = ""


class Network:
    """Asks for addresses, several at a time, and remembers the answers.

    Args:
        schemes: what an address may lead to in the end.
        max_kilobytes: what a picture may weigh.
        timeout_s: how long a server may be silent.
    """

    def __init__(self, schemes: Sequence[str], max_kilobytes: int, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._schemes = schemes
        self._max_kilobytes = max_kilobytes
        self._timeout_s = timeout_s
        self._problems: dict[tuple[str, bool], Problem | None] = {}

    @property
    def asked(self) -> int:
        """How many addresses were asked for."""
        return len(self._problems)

    def ask_all(self, links: Iterable[str], pictures: Iterable[str]) -> None:
        """Ask for these, several at a time, so that none need be waited for later."""
        wanted = {*((_plain(link), False) for link in links), *((picture, True) for picture in pictures)}
        new = sorted(one for one in wanted - self._problems.keys() if _can_be_asked(one[0]))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            self._problems.update(zip(new, pool.map(self._ask_for, new), strict=True))

    def link(self, address: str) -> Problem | None:
        """What is wrong with where a link leads; utm parameters make no other address of it."""
        return self._answered(_plain(address), is_picture=False)

    def picture(self, address: str) -> Problem | None:
        """What is wrong with a picture."""
        return self._answered(address, is_picture=True)

    def _answered(self, address: str, *, is_picture: bool) -> Problem | None:
        wanted = address, is_picture
        if wanted not in self._problems and _can_be_asked(address):
            self._problems[wanted] = self._ask_for(wanted)
        return self._problems.get(wanted)

    def _ask_for(self, wanted: tuple[str, bool]) -> Problem | None:
        address, is_picture = wanted
        answer = self._ask(address, is_picture=is_picture)
        return self._of_picture(address, answer) if is_picture else self._of_link(address, answer)

    def _of_link(self, address: str, answer: Answer) -> Problem | None:
        if answer.status in _REFUSED:
            return Problem(UNTRIED_LINK, f"{address}: the server said {answer.status}")
        if answer.trouble or answer.status >= _ERROR:
            return Problem(BROKEN_LINK, f"{address}: {answer.trouble or f'the server said {answer.status}'}")
        if urlsplit(answer.url).scheme not in self._schemes:
            return Problem(BAD_LINK, f"{address} leads to {answer.url}")
        return None

    def _of_picture(self, address: str, answer: Answer) -> Problem | None:
        if answer.trouble or answer.status >= _ERROR:
            return Problem(MISSING_IMAGE, f"{address}: {answer.trouble or f'the server said {answer.status}'}")
        if not answer.content_type.startswith("image/"):
            return Problem(MISSING_IMAGE, f"{address}: it is {answer.content_type or 'of no type'}, no picture")
        return heaviness(address, answer.size, self._max_kilobytes)

    def _ask(self, address: str, *, is_picture: bool) -> Answer:
        """HEAD, and GET where that is not enough: some servers do not know it, and some tell no length."""
        head = self._request("HEAD", address)
        is_enough = not head.trouble and head.status < _ERROR and (head.size or not is_picture)
        return head if is_enough else self._request("GET", address)

    def _request(self, method: str, address: str) -> Answer:
        request = Request(_encoded(address), method=method, headers={"User-Agent": _AGENT})  # noqa: S310  http alone
        try:
            with urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310  as above
                return self._answer(response)
        except HTTPError as error:
            return Answer(address, error.code, trouble="" if error.code >= _ERROR else "it leads in a circle")
        except URLError as error:
            return Answer(address, trouble=str(error.reason))
        except (OSError, HTTPException, ValueError) as error:
            return Answer(address, trouble=str(error) or type(error).__name__)

    def _answer(self, response: HTTPResponse) -> Answer:
        length = response.headers.get("Content-Length", "")
        most = self._max_kilobytes * 1_024 + 1
        size = int(length) if length.isdecimal() else len(response.read(most))
        return Answer(response.url, response.status, response.headers.get("Content-Type", ""), size)


def _can_be_asked(address: str) -> bool:
    return address.startswith(("https://", "http://"))


@lru_cache(maxsize=65_536)
def _plain(address: str) -> str:
    """Without utm parameters and fragment: neither leads elsewhere."""
    parts = urlsplit(address)
    kept = [part for part in parts.query.split("&") if part and not part.startswith(_OURS)]
    return urlunsplit(parts._replace(query="&".join(kept), fragment=""))


def _encoded(address: str) -> str:
    """In ASCII, as HTTP wants it."""
    parts = urlsplit(address)
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    fit = {name: quote(getattr(parts, name), safe="/%:=&?~+!$,;'@()*[]") for name in ("path", "query")}
    return urlunsplit(parts._replace(netloc=host, **fit))
