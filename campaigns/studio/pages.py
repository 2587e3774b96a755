"""Pages: HTML from the package's templates, everything in it escaped, and what all of them show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from threading import Lock

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from campaigns.ground.errors import TemplateError
from campaigns.studio.excerpts import excerpt_of

ASSETS = {"studio.css": "text/css; charset=utf-8", "studio.js": "text/javascript; charset=utf-8"}
_HERE = files("campaigns.studio")

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What our own pages may load: nothing of anybody else's, and no script but ours."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the last thing done came to."""

    sentence: str
    failed: bool


class Pages:
    """Makes pages, one at a time.

    Args:
        stamp: another text when anything that pages show has changed.
        common: what every page shows, asked for each time: the edition, its state, the jobs.
        templates: the folder that excerpts are taken from.
    """

    def __init__(
        self, stamp: Callable[[], str], common: Callable[[], Mapping[str, object]], templates: Path
    ) -> None:
        self._stamp_now = stamp
        self._stamp = ""
        self._common = common
        self._templates = templates
        self._environment = _environment()
        self._notice: Notice | None = None
        self._lock = Lock()

    def begin(self) -> None:
        """Note how things stand before anything is read for a page: if they change meanwhile, it looks again."""
        self._stamp = self._stamp_now()

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Tell something on the next page."""
        with self._lock:
            self._notice = Notice(sentence, failed)

    def page(self, name: str, status: int = 200, **values: object) -> Response:
        """A whole page."""
        notice, self._notice = self._notice, None
        template = self._environment.get_template(f"{name}.html")
        text = template.render(**self._common(), stamp=self._stamp, notice=notice, **values)
        return HTMLResponse(text, status)

    def fragment(self, name: str, **values: object) -> Response:
        """A part of a page, which the script puts in its place."""
        return HTMLResponse(self._environment.get_template(f"{name}.html").render(**values))

    def failure(self, error: Exception, status: int) -> Response:
        """What went wrong, and where the fault lies, if it is in a template."""
        excerpt = excerpt_of(error, self._templates) if isinstance(error, TemplateError) else None
        return self.page("failure", status, sentence=str(error), excerpt=excerpt)


def render_static(name: str, **values: object) -> str:
    """A page that stands by itself, in a file, its style sheet in it."""
    style = Markup(asset("studio.css")[0].decode())  # noqa: S704 - our own file; escaped, it would no longer be CSS
    return _environment().get_template(f"{name}.html").render(style=style, **values)


@cache
def asset(name: str) -> tuple[bytes, str]:
    """A style sheet or script, and its media type.

    Raises:
        KeyError: there is none of that name.
    """
    media_type = ASSETS[name]
    return _HERE.joinpath("assets", name).read_bytes(), media_type


@cache
def version_of(name: str) -> str:
    """What changes when an asset does, so that browsers may keep it."""
    return sha256(asset(name)[0]).hexdigest()[:12]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("campaigns.studio", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["version_of"] = version_of
    environment.filters |= {
        "number": lambda n: f"{n:,}",
        "share": lambda part: f"{part:.0%}",
        "words": lambda name: str(name).replace("_", " "),
        "when": _when,
        "short": lambda text: f"{text[:12]}…",
        "kilobytes": lambda size: f"{size / 1024:,.1f} KB",
    }
    return environment


def _when(moment: datetime) -> str:
    return f"{moment:%a %-d %b %Y, %H:%M} UTC"
