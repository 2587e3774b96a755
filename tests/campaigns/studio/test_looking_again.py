"""Pages look again when what they show has changed, also when it changed while they were being made."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from asked import ask
from command_line import CAMPAIGN, EDITION, FRIDAY, Winddown
from starlette.types import ASGIApp

from campaigns.ports.clock import FixedClock
from campaigns.ports.progress import Silent
from campaigns.studio.admission import Door, names_of
from campaigns.studio.app import build_studio
from campaigns.studio.desk import Desk
from campaigns.studio.opened import OpenedEdition
from campaigns.wiring.previewing import workshop_of
from campaigns.wiring.workspace import Workspace


class _Disturbed(Desk):
    """Somebody saves a template each time that an edition has just been looked at."""

    def __init__(self, winddown: Winddown, *, disturbed: bool) -> None:
        clock = FixedClock(datetime.fromisoformat(FRIDAY).replace(tzinfo=UTC))
        super().__init__(workshop_of(Workspace.open(winddown.root, clock, Silent()), EDITION))
        self._strings = winddown.root / "templates" / CAMPAIGN / "strings" / "en.toml"
        self._disturbed = disturbed

    def opened(self) -> OpenedEdition:
        opened = super().opened()
        if self._disturbed:
            self._strings.write_text(f"{self._strings.read_text('utf-8')}\n", "utf-8")
        return opened


def _shown_and_now(app: ASGIApp) -> tuple[str, str]:
    page = ask(app, path="/").text
    shown = re.search(r'data-stamp="([^"]+)"', page)
    assert shown, page[:500]
    return shown[1], json.loads(ask(app, path="/stamp").text)["stamp"]


def _studio(desk: Desk) -> ASGIApp:
    return build_studio(desk, Door(names_of("127.0.0.1", ()), csrf="c"))


def test_a_page_that_shows_how_things_are_does_not_look_again(winddown: Winddown) -> None:
    desk = _Disturbed(winddown, disturbed=False)
    shown, now = _shown_and_now(_studio(desk))
    desk.close()
    assert shown == now


def test_a_page_during_whose_making_something_changed_does(winddown: Winddown) -> None:
    desk = _Disturbed(winddown, disturbed=True)
    shown, now = _shown_and_now(_studio(desk))
    desk.close()
    assert shown != now
