"""A message in which nothing is wrong, to plant problems in; and what the check says of such ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from campaigns.check.finding import Finding, Severity
from campaigns.check.inspector import Inspector
from campaigns.ground.contact import Contact
from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.plan_row import PlanRow, Slot
from campaigns.settings.campaign import CampaignSettings, CheckSettings, read_campaign

DUE = datetime(2026, 11, 21, 18, tzinfo=UTC)
LINK = "https://mail.winddown.example/u/1.signature"
SHIPPED = Path(__file__).parents[3] / "templates" / "weekly_winddown"

HTML = f"""<!doctype html>
<html lang="en" dir="ltr">
<head>
<title>Anna, wind down</title>
<meta name="color-scheme" content="light dark">
<style>@media (prefers-color-scheme: dark) {{ .page {{ background-color: #0a0e24 !important; }}
.words {{ color: #eef0ff !important; }} .more {{ color: #b3b8ff !important; }} }}</style>
</head>
<body style="background-color:#e8ebf7">
<div style="display:none;overflow:hidden;max-height:0">New this week: A Night Train</div>
<div class="page" style="background-color:#ffffff">
<table role="presentation"><tr><td>
<p class="words" style="color:#1b2046">Good evening, Anna</p>
<a href="https://app.example/1"><img src="https://images.example/1.png" alt="A Night Train" width="100"
style="color:#eef0ff;background-color:#10163a"></a>
<a class="more" style="color:#4f54cf" href="https://app.example/1">Listen</a>
</td></tr></table>
<a class="more" style="color:#4f54cf" href="{LINK}">Unsubscribe</a>
<a class="more" style="color:#4f54cf" href="mailto:care@example.org">Write</a>
</div>
</body>
</html>
"""
BARE_TEXT = f"Good evening, Anna\n\nUnsubscribe: {LINK}\n"
TEXT = f"{BARE_TEXT}A Night Train\nSeven Days of [[ Calm ]]\n"


def item(item_id: str, title: str = "A Night Train", **more: Any) -> Item:
    known = Item(
        item_id=item_id,
        title=title,
        kind="sleep_story",
        narrator="Ines Duarte",
        duration_s=1_200,
        published_at=datetime(2026, 11, 18),  # noqa: DTZ001 - as the engine gives it: naive, UTC
        language="en",
        topic="trains",
        for_kids=False,
        image_url=f"https://images.example/{item_id}.png",
        url="https://app.example/1",
        description="Rain on the glass.",
    )
    return replace(known, **more)


CATALOGUE = Catalogue(
    {"i1": item("i1")},
    {"c1": Collection("c1", "Seven Days of [[ Calm ]]", "series", "https://x.example", "https://y.example")},
)


def campaign(**check: Any) -> CampaignSettings:
    """The shipped campaign with two slots, and its check as said."""
    shipped = read_campaign(SHIPPED)
    rules = [*shipped.rules[:-1], shipped.rules[-1].model_copy(update={"slots": 2})]
    return shipped.model_copy(update={"rules": rules, "languages": ("en", "de"), "check": CheckSettings(**check)})


@dataclass(frozen=True, slots=True)
class Case:
    """A message and all that it should agree with."""

    row: PlanRow
    message: Message
    catalogue: Catalogue
    check: Any = ()

    def findings(self) -> dict[str, Finding]:
        """What the check says, by code; only warnings about clients are left out, where none is looked for."""
        inspector = Inspector(self.catalogue, campaign(**dict(self.check)))
        return {finding.code: finding for finding in inspector.look(self.row, self.message)}

    def codes(self) -> set[str]:
        """Their codes, but for warnings of what not every client supports: the sound message has one, too."""
        return {
            code
            for code, finding in self.findings().items()
            if not (code.startswith("unsupported.") and finding.severity is Severity.WARNING)
        }


SOUND = Case(
    row=PlanRow(
        f"{1:032x}",
        0,
        "u1",
        Contact("anna@example.org", "Anna", "en", None, "Europe/London"),
        "treatment",
        DUE,
        (Slot(1, "recommended", "i1"), Slot(2, "recommended", None, "c1")),
        {"favourite_time": "night"},
    ),
    message=Message(
        f"{1:032x}",
        Mailbox("hello@example.org", "Winddown"),
        None,
        Mailbox("anna@example.org", "Anna"),
        "Anna, wind down with “A Night Train”",
        HTML,
        TEXT,
        (
            ("Message-ID", f"<{1:032x}@example.org>"),
            ("Date", "Sat, 21 Nov 2026 18:00:00 +0000"),
            ("List-Unsubscribe", f"<{LINK}>, <mailto:unsubscribe@example.org?subject=1>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
    ),
    catalogue=CATALOGUE,
)


def with_message(**changes: Any) -> Case:
    """The sound one, with parts of its message replaced."""
    return replace(SOUND, message=replace(SOUND.message, **changes))


def with_html(old: str, new: str) -> Case:
    """The sound one, with words of its page replaced, once."""
    assert old in HTML
    return with_message(html=HTML.replace(old, new, 1))


def with_name(name: str) -> Case:
    """The sound one, for somebody else."""
    return replace(SOUND, row=replace(SOUND.row, contact=replace(SOUND.row.contact, first_name=name)))


def with_header(name: str, value: str | None) -> Case:
    """The sound one, with a header replaced, added or taken away."""
    others = tuple(header for header in SOUND.message.headers if header[0] != name)
    return with_message(headers=others if value is None else (*others, (name, value)))


def with_items(*items: Item) -> Case:
    """The sound one, showing these, which its text names."""
    slots = tuple(Slot(number, "recommended", one.item_id) for number, one in enumerate(items, start=1))
    catalogue = replace(CATALOGUE, items={one.item_id: one for one in items})
    text = BARE_TEXT + "\n".join(" ".join(one.title.split()) for one in items)
    return Case(replace(SOUND.row, slots=slots), replace(SOUND.message, text=text), catalogue)
