"""The shipped campaigns' emails, as files to be reviewed as diffs.

After a wanted change, write them anew with `make golden`, and read the diff.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from rendering_world import LANGUAGES, TEMPLATES, compiled, row

from campaigns.ground.plan_row import PlanRow
from campaigns.rendering.campaign import CampaignRenderer

GOLDEN = Path(__file__).parents[2] / "golden"
ROWS: dict[str, PlanRow] = {
    "named": row(name="Anna"),
    "anonymous": row(name=None, variant="control"),
    "collection": row("calm", "train", "calm", name="Łukasz"),
    "five": row("train", "day", "calm", "roof", "cat"),
    "three": row("train", "roof", "calm", name=None),
}
EMAILS = {
    "weekly_winddown": ("named", "anonymous", "collection"),
    "curated_whats_new": ("five", "named"),
    "plain_letter": ("three", "named"),
}


@cache
def renderer(campaign: str) -> CampaignRenderer:
    return compiled(TEMPLATES / campaign)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("campaign", "kind"), [(name, kind) for name, kinds in EMAILS.items() for kind in kinds])
def test_an_email_is_what_was_reviewed(campaign: str, kind: str, language: str) -> None:
    shown = ROWS[kind]
    contact = replace(shown.contact, language=language)
    parts = renderer(campaign).render_parts(replace(shown, contact=contact))
    texts = {
        "html": parts.html.replace("><", ">\n<") + "\n",  # a line a tag, so that diffs can be read
        "txt": f"Subject: {parts.subject}\nPreheader: {parts.preheader}\n\n{parts.text}",
    }
    for ending, text in texts.items():
        path = GOLDEN / f"{campaign}.{language}.{kind}.{ending}"
        if os.environ.get("WINDDOWN_GOLDEN") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; see this file's docstring"


def test_no_golden_file_is_left_of_an_email_that_is_not_rendered() -> None:
    wanted = {
        f"{name}.{language}.{kind}" for name, kinds in EMAILS.items() for kind in kinds for language in LANGUAGES
    }
    assert {path.stem for path in GOLDEN.glob("*.*.*.*")} == wanted
