"""Writes the pictures in docs/: the shared parts, each by itself, and the campaigns side by side.

make pictures
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from mail_client import MailClient, View, mail_client
from PIL import Image
from rendering_world import TEMPLATES, compiled, row

DOCS = Path(__file__).parents[3] / "docs"
SHOWN = ("train", "day", "calm", "roof", "cat", "piano")
SECTION = "xpath=ancestor::div[contains(@style, 'max-width')][1]"
COLUMN = "xpath=ancestor::div[contains(@class, 'mj-column')][1]"
PARTS = {
    "header": ("weekly_winddown", ".sky", ""),
    "greeting": ("weekly_winddown", ".greeting", SECTION),
    "featured": ("weekly_winddown", ".featured", ""),
    "card": ("weekly_winddown", ".panel >> nth=0", ""),
    "collection": ("weekly_winddown", ".night", ""),
    "footer": ("weekly_winddown", ".late", ""),
    "masthead": ("curated_whats_new", ".headline", SECTION),
    "lead": ("curated_whats_new", ".larger", SECTION),
    "tile": ("curated_whats_new", ".name >> nth=0", COLUMN),
    "entry": ("plain_letter", ".letter p >> nth=2", ""),
}
"""Each part's campaign, what to find in it, and the ancestor to show."""
PAPER, GAP = (226, 228, 236), 32


def main() -> None:
    """Write them all."""
    (DOCS / "parts").mkdir(exist_ok=True)
    with mail_client() as client:
        for part, (campaign, selector, around) in PARTS.items():
            with client.showing(_email(campaign), View(600)) as page:
                found = page.locator(selector)
                picture = (found.locator(around) if around else found).screenshot()
                _save([picture], DOCS / "parts" / f"{part}.png")
        desktop, phone = View(640), View(360, dark=True)
        weekly = _email("weekly_winddown")
        _save([_shot(client, weekly, desktop), _shot(client, weekly, phone)], DOCS / "email.png", height=1480)
        others = [
            (campaign, view) for campaign in ("curated_whats_new", "plain_letter") for view in (desktop, phone)
        ]
        shots = [_shot(client, _email(campaign), view) for campaign, view in others]
        _save(shots, DOCS / "templates.png", height=1060)


def _email(campaign: str) -> str:
    shown = {"curated_whats_new": 5, "plain_letter": 3}.get(campaign, 6)
    return compiled(TEMPLATES / campaign, languages=("en",)).render(row(*SHOWN[:shown], name="Ava")).html


def _shot(client: MailClient, html: str, view: View) -> bytes:
    with client.showing(html, view) as page:
        return page.screenshot(full_page=True)


def _save(shots: Sequence[bytes], path: Path, *, height: int = 10_000) -> None:
    """Side by side, cut off at a height."""
    pictures = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    width = sum(picture.width + GAP for picture in pictures) - GAP
    sheet = Image.new("RGB", (width, min(height, max(picture.height for picture in pictures))), PAPER)
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    sheet.save(path, optimize=True)


if __name__ == "__main__":
    main()
