"""The gallery as files: plain HTML and, where there is a browser, pictures of every view, for a ticket."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from os.path import relpath
from pathlib import Path
from typing import Protocol

from campaigns.ground.errors import ConfigurationError
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.studio.desk import Desk
from campaigns.studio.display import FRAMED, WIDTHS, Shop, View, displayed, picture_path
from campaigns.studio.inbox import preview_text
from campaigns.studio.opened import Kind
from campaigns.studio.pages import render_static
from campaigns.studio.state import State, state_of

_NO_SCRIPTS = "script-src 'none'"
_NO_PICTURES = "script-src 'none'; img-src 'none'"
_DESKTOP = 640
"""CSS pixels: the email's 600, and a margin."""


class Photographer(Protocol):
    """Takes pictures of pages."""

    def take(self, page: Path, picture: Path, width: int) -> None:
        """A picture of a whole page at a width."""
        ...


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        pictures: how many of the views were photographed; 0 where there is no browser to do it.
    """

    index: Path
    messages: int
    pictures: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One reader's files, as the index links them."""

    kind: Kind
    row: PlanRow
    message: Message
    preview: str
    sha256: str
    pictures: Sequence[View]


def export_gallery(desk: Desk, folder: Path, photographer: Photographer | None) -> Exported:
    """Write a folder: `index.html`, and for each kind of reader the file that is sent, its text, and its views.

    Args:
        desk: the edition.
        folder: new or empty; it is made.
        photographer: None where pictures cannot be taken.

    Raises:
        ConfigurationError: the folder holds something, or the edition is not planned.
        TemplateError: the templates do not compile.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(
            f"{folder} is not empty; name a new folder, so that nothing old stands among the new"
        )
    kinds = list({kind.user_id: kind for kind in reversed(desk.kinds())}.values())[::-1]
    with _all_or_nothing(folder) as draft:
        sheets = [_sheet(desk, kind, draft, photographer) for kind in kinds]
        state: State = state_of(desk)
        index = render_static("gallery", edition=desk.workshop.edition, state=state, sheets=sheets)
        (draft / "index.html").write_text(index, encoding="utf-8")
    return Exported(folder / "index.html", len(sheets), sum(len(sheet.pictures) for sheet in sheets))


def _sheet(desk: Desk, kind: Kind, draft: Path, photographer: Photographer | None) -> Sheet:
    row = desk.opened().row(kind.user_id)
    message = desk.message(row)
    raw = desk.workshop.assemble(message)
    folder = draft / row.delivery_id
    folder.mkdir()
    (folder / "message.eml").write_bytes(raw)
    (folder / "message.txt").write_text(message.text, encoding="utf-8")
    for view in FRAMED:
        page = displayed(message.html, dark=view is View.DARK, shop=_shop(desk, draft, folder))
        policy = _NO_PICTURES if view is View.IMAGES_OFF else _NO_SCRIPTS
        (folder / f"{view}.html").write_text(_under(policy, page), encoding="utf-8")
        if photographer:
            photographer.take(folder / f"{view}.html", folder / f"{view}.png", WIDTHS.get(view, _DESKTOP))
    taken = FRAMED if photographer else ()
    return Sheet(kind, row, message, preview_text(message.html), sha256(raw).hexdigest(), taken)


def _under(policy: str, page: str) -> str:
    """A page that keeps to a policy by itself, for no server tells the browser."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return page.replace('<base target="_blank">', meta, 1)


def _shop(desk: Desk, draft: Path, folder: Path) -> Shop:
    """The workspace's pictures are copied, each once: the folder is whole wherever it is taken."""
    return Shop(
        desk.workshop.root, desk.workshop.settings.links.base_url, _copier(desk.workshop.root, draft, folder)
    )


def _copier(root: Path, draft: Path, folder: Path) -> Callable[[str], str]:
    def copied(path: str) -> str:
        source, target = picture_path(root, path), draft / "pictures" / path
        if source and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return Path(relpath(target, folder)).as_posix()

    return copied


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """A folder beside the wanted one, which becomes it if all goes well."""
    draft = folder.with_name(f".{folder.name}-draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        yield draft
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
