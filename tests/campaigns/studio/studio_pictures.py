"""Writes the studio's pictures in docs/: a reader's page at 1,280 px, and beside each other 820 and 390 px.

make pictures
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from chromium import browser
from command_line import CAMPAIGN, Winddown, free_of_settings
from PIL import Image
from playwright.sync_api import Browser
from previewed import Studio, previewed

from campaigns.demo.sample import write_sample
from campaigns.ports.progress import Silent

DOCS = Path(__file__).parents[3] / "docs"
READER = "u0001274"
PAPER, GAP, HEIGHT = (226, 228, 236), 32, 900


def main() -> None:
    """Make a world, plan it, open the studio on it, and take the pictures."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        free_of_settings(patch)
        world = Path(folder) / "world"
        write_sample(world, users=2_000, weeks=12, seed=7, until=date(2026, 11, 20), progress=Silent())
        winddown = Winddown(world, patch)
        assert winddown("plan", CAMPAIGN).code == 0
        with previewed(winddown) as studio, browser() as chromium:
            _save([_shot(chromium, studio, f"/readers/{READER}", 1280)], DOCS / "studio.png")
            narrow = [
                _shot(chromium, studio, "/", 820),
                _shot(chromium, studio, f"/readers/{READER}?view=dark", 390, dark=True),
            ]
            _save(narrow, DOCS / "studio-narrow.png")


def _shot(chromium: Browser, studio: Studio, path: str, width: int, *, dark: bool = False) -> bytes:
    page = chromium.new_page(
        base_url=studio.url,
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if dark else "light",
    )
    page.goto(path)
    page.wait_for_timeout(1_500)  # what is asked for once the page is there
    return page.screenshot()


def _save(shots: Sequence[bytes], path: Path) -> None:
    """Side by side, in few enough colours to be small."""
    pictures = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    width = sum(picture.width + GAP for picture in pictures) - GAP
    sheet, left = Image.new("RGB", (width, HEIGHT), PAPER), 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    sheet.quantize(192, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
