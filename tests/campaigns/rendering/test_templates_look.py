"""The shipped emails as readers see them: on phones and desktops, in the dark, and with pictures off.

Each view leaves a screenshot, to be looked at: `make screenshots` writes them into screenshots/.
"""

from __future__ import annotations

import os
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from mail_client import MailClient, View, unreadable
from rendering_world import CAMPAIGNS, LANGUAGES, TEMPLATES, compiled, row

from campaigns.settings.campaign import read_campaign

SHOWN = ("train", "day", "calm", "roof", "cat", "piano")
VIEWS = [
    *(View(width, dark) for width, dark in product((360, 600, 1280), (False, True))),
    View(360, images=False),
    View(600, images=False),
    View(360, dark=True, images=False),
]


@cache
def page(campaign: str, language: str = "en") -> str:
    folder = TEMPLATES / campaign
    shown = SHOWN[: read_campaign(folder).slots]
    return compiled(folder, languages=(language,)).render(row(*shown, language=language)).html


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_everything_can_be_read(client: MailClient, tmp_path: Path, campaign: str, view: View) -> None:
    folder = Path(os.environ.get("WINDDOWN_SCREENSHOTS", tmp_path))
    with client.showing(page(campaign), view) as shown:
        shown.screenshot(path=folder / f"{campaign}-{view}.png", full_page=True)
        assert unreadable(shown) == []
