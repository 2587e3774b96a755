"""The shipped emails as readers see them: on phones and desktops, in the dark, and with pictures off.

Each view leaves a screenshot, to be looked at: `make screenshots` writes them into screenshots/.
"""

from __future__ import annotations

import os
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import pytest
from mail_client import MailClient, View, colours, unreadable
from rendering_world import CAMPAIGNS, TEMPLATES, compiled, row

from campaigns.settings.campaign import read_campaign

SHOWN = ("train", "day", "calm", "roof", "cat", "piano")
PHONE, DARK_PHONE = View(360), View(360, dark=True)
VIEWS = [
    *(View(width, dark) for width, dark in product((360, 600, 1280), (False, True))),
    *(View(width, dark, images=False) for width, dark in product((360, 600), (False, True))),
]
LONG_NAME = "Maximiliane-Bartholomea Wolfeschlegelsteinhausenbergerdorff"


@cache
def page(campaign: str, language: str = "en", name: str | None = "Anna", slots: int | None = None) -> str:
    folder = TEMPLATES / campaign
    shown = SHOWN[: slots or read_campaign(folder).slots]
    return compiled(folder, languages=(language,)).render(row(*shown, language=language, name=name)).html


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_everything_can_be_read(client: MailClient, tmp_path: Path, campaign: str, view: View) -> None:
    folder = Path(os.environ.get("WINDDOWN_SCREENSHOTS", tmp_path))
    with client.showing(page(campaign), view) as shown:
        shown.screenshot(path=folder / f"{campaign}-{view}.png", full_page=True)
        assert unreadable(shown) == []


@pytest.mark.parametrize("language", ["de", "es"])
@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_longer_words_and_names_fit_a_phone(client: MailClient, campaign: str, language: str) -> None:
    with client.showing(page(campaign, language, LONG_NAME), PHONE) as shown:
        assert unreadable(shown) == []


@pytest.mark.parametrize("slots", [1, 2, 4])
@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_fewer_picks_leave_no_hole(client: MailClient, campaign: str, slots: int) -> None:
    with client.showing(page(campaign, slots=slots), View(600)) as shown:
        assert unreadable(shown) == []
        assert shown.locator("img").count() == (0 if campaign == "plain_letter" else slots)


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_outlook_s_dark_mode_has_the_colours_of_everybody_else_s(client: MailClient, campaign: str) -> None:
    """Outlook's apps put these attributes where they change a colour, and ask no media query."""
    with client.showing(page(campaign), DARK_PHONE) as shown:
        dark = colours(shown)
    with client.showing(page(campaign), PHONE) as shown:
        light = colours(shown)
        shown.evaluate("for (const name of ['data-ogsc', 'data-ogsb']) document.body.setAttribute(name, '')")
        assert colours(shown) == dark != light


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_links_are_large_enough_for_a_thumb_or_stand_alone(client: MailClient, campaign: str) -> None:
    """WCAG 2.2, target size (minimum): 24 px, or as much room around a link."""
    with client.showing(page(campaign), PHONE) as shown:
        boxes = [box for link in shown.locator("a").all() if (box := link.bounding_box())]
        centres = sorted({box["y"] + box["height"] / 2 for box in boxes if box["height"] < 24})
    assert len(boxes) > 3
    assert all(below - above >= 24 for above, below in pairwise(centres))


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('<p style="width:700px">wide</p>', "the page is 7"),
        ('<p style="position:absolute;left:-30px">off</p>', "out of the window"),
        ('<p style="width:50px;overflow:hidden;white-space:nowrap">cut off here</p>', "clipped"),
        ('<p style="color:#999">pale</p>', "a contrast of 2.85"),
        ('<p style="font-size:11px">small</p>', "too small to read"),
        ('<p style="background:#123"><img alt="a picture" src="x.png"></p>', "a contrast of"),
    ],
)
def test_what_cannot_be_read_is_found(client: MailClient, body: str, complaint: str) -> None:
    with client.showing(f"<!doctype html><body>{body}</body>", View(360, images=False)) as shown:
        assert [one for one in unreadable(shown) if complaint in one]
