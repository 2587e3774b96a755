"""The pages that people see: a few sentences in their language, made once, with nothing of a request in them."""

from __future__ import annotations

import tomllib
from base64 import b64encode
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from campaigns.web.languages import preferred

LANGUAGES: Final = ("en", "de", "es")

_LINK = Markup('<a href="mailto:{0}">{0}</a>')
_HERE = files("campaigns.web")
_STYLE = _HERE.joinpath("page.css").read_text("utf-8")
STYLE_HASH: Final = "sha256-" + b64encode(sha256(_STYLE.encode()).digest()).decode()
"""By which a Content-Security-Policy allows the pages' one style sheet, and no other."""


class Page(StrEnum):
    """The pages, by their tables in `strings/`."""

    ASK = "ask"
    STOPPED = "stopped"
    STOPPED_ALL = "stopped_all"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    BUSY = "busy"
    ODD = "odd"
    ODD_NOTED = "odd_noted"
    LATER = "later"


class Pages:
    """Every page in every language.

    Args:
        name: whose emails they are.
        mailbox: where to write when a link fails.
    """

    def __init__(self, name: str, mailbox: str) -> None:
        template = _environment().from_string(_HERE.joinpath("page.html").read_text("utf-8"))
        self._made = {
            (page, language): template.render(
                language=language,
                name=name,
                style=Markup(_STYLE),  # noqa: S704  our own file; escaped, it would no longer be CSS
                words=_filled(_strings(language)[page], name, mailbox),
            )
            for page in Page
            for language in LANGUAGES
        }

    def answer(
        self, request: Request, page: Page, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """A page in the language that the request prefers."""
        language = preferred(request.headers.get("accept-language", ""), LANGUAGES)
        own = {"Content-Language": language, "Vary": "Accept-Language"}
        return HTMLResponse(self._made[page, language], status, {**own, **(headers or {})})


def _environment() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _strings(language: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_HERE.joinpath("strings", f"{language}.toml").read_text("utf-8"))


def _filled(words: Mapping[str, str], name: str, mailbox: str) -> Mapping[str, str]:
    absent = dict.fromkeys(("this_email", "all_email", "confirm"), "")
    link = _LINK.format(mailbox)
    return absent | {key: escape(text).format(name=name, mailbox=link) for key, text in words.items()}
