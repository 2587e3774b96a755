"""The shipped campaign's emails, as files to be reviewed as diffs.

After a wanted change, write them anew and read the diff:

    WINDDOWN_GOLDEN=write pytest tests/campaigns/rendering/test_rendering_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rendering_world import LANGUAGES, compiled, row

from campaigns.ground.plan_row import PlanRow
from campaigns.rendering.campaign import CampaignRenderer

GOLDEN = Path(__file__).parents[2] / "golden"
ROWS = {
    "named": {"name": "Anna"},
    "anonymous": {"name": None, "variant": "control"},
    "collection": {"name": "Łukasz"},
}
SHOWN = {"collection": ("calm", "train", "calm")}


@pytest.fixture(scope="module")
def renderer() -> CampaignRenderer:
    return compiled()


def golden_row(kind: str, language: str) -> PlanRow:
    return row(*SHOWN.get(kind, ()), language=language, **ROWS[kind])  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ROWS)
def test_an_email_is_what_was_reviewed(renderer: CampaignRenderer, language: str, kind: str) -> None:
    parts = renderer.render_parts(golden_row(kind, language))
    texts = {
        "html": parts.html.replace("><", ">\n<") + "\n",  # a line a tag, so that diffs can be read
        "txt": f"Subject: {parts.subject}\nPreheader: {parts.preheader}\n\n{parts.text}",
    }
    for ending, text in texts.items():
        path = GOLDEN / f"weekly_winddown.{language}.{kind}.{ending}"
        if os.environ.get("WINDDOWN_GOLDEN") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; see this file's docstring"
