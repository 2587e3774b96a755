"""A small world to render: an identity, a catalogue, rows, and campaign folders made of a few lines."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from campaigns.ground.contact import Contact
from campaigns.ground.edition import Edition
from campaigns.ground.identity import Identity
from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.ground.message import Mailbox
from campaigns.ground.plan_row import PlanRow, Slot
from campaigns.rendering.campaign import CampaignRenderer, compile_campaign

TEMPLATES = Path(__file__).parents[3] / "templates"
CAMPAIGNS = ("weekly_winddown", "curated_whats_new", "plain_letter")
SHIPPED = TEMPLATES / "weekly_winddown"
EDITION = Edition("weekly_winddown", 2026, 48)
LANGUAGES = ("en", "de", "es")
VARIANTS = ("treatment", "control")
IDENTITY = Identity(
    mailbox=Mailbox("hello@winddown.example", "Winddown"),
    reply_to=Mailbox("care@winddown.example", "Winddown"),
    domain="winddown.example",
    postal_address="Winddown Ltd, 12 Harbour Lane, Bristol BS1 4QA, United Kingdom",
    feedback_id="winddown",
)


class PlainLinks:
    """Links without signatures."""

    def unsubscribe(self, delivery_id: str, at: datetime) -> str:  # noqa: ARG002  the port's
        return f"https://winddown.example/u/{delivery_id}"

    def unsubscribe_mailto(self, https: str) -> str:
        return f"mailto:unsubscribe@winddown.example?subject={https.rpartition('/')[2]}"


def item(item_id: str, title: str, kind: str, narrator: str | None, minutes: int, **more: object) -> Item:
    return Item(
        item_id=item_id,
        title=title,
        kind=kind,
        narrator=narrator,
        duration_s=minutes * 60,
        published_at=datetime(2026, 11, 24, tzinfo=UTC),
        language="en",
        topic="rain",
        for_kids=bool(more.pop("for_kids", False)),
        image_url=f"https://images.winddown.example/{item_id}.png",
        url=f"https://app.winddown.example/items/{item_id}",
        description=str(more.pop("description", "")),
        attributes=more,
    )


CATALOGUE = Catalogue(
    items={
        one.item_id: one
        for one in (
            item(
                "train",
                "The Night Train to Lisbon",
                "sleep_story",
                "Ines Duarte",
                38,
                description="A slow sleeper carriage, rain on the glass, and nobody who needs anything from you.",
            ),
            item("day", "Letting the Day Go", "meditation", "Tom Abara", 12),
            item("roof", "Rain on a Tin Roof", "soundscape", None, 480),
            item("piano", "Low Tide & Slow Piano", "music", "Mira Holm", 45),
            item("cat", "The Lighthouse Keeper\u2019s Cat", "sleep_story", "Edwin Clarke", 21, for_kids=True),
            item("bath", "Sound Bath", "gong_bath", None, 30),
        )
    },
    collections={
        "calm": Collection(
            "calm",
            "7 Days of Calm",
            "meditation",
            "https://images.winddown.example/calm.png",
            "https://app.winddown.example/series/calm?from=email#top",
        )
    },
)


def row(
    *shown: str,
    name: str | None = "Anna",
    language: str = "en",
    variant: str = "treatment",
    number: int = 7,
    attributes: Mapping[str, object] | None = None,
) -> PlanRow:
    """A plan row whose slots show these items; `calm` is the collection."""
    slots = tuple(
        Slot(n, "recommended", None, one) if one == "calm" else Slot(n, "recommended", one)
        for n, one in enumerate(shown or ("train", "day", "roof", "piano", "cat", "bath"), 1)
    )
    contact = Contact("anna.private@mail.example", name, language, "PT", "Europe/Lisbon")
    return PlanRow(
        delivery_id=f"{number:032x}",
        position=number,
        user_id=f"user-{number}",
        contact=contact,
        variant=variant,
        send_at=datetime(2026, 11, 28, 18, 0, tzinfo=UTC),
        slots=slots,
        attributes=attributes or {},
    )


def compiled(
    folder: Path = SHIPPED,
    *,
    languages: Sequence[str] = LANGUAGES,
    variants: Sequence[str] = VARIANTS,
    catalogue: Catalogue = CATALOGUE,
) -> CampaignRenderer:
    return compile_campaign(
        folder,
        identity=IDENTITY,
        edition=EDITION,
        catalogue=catalogue,
        links=PlainLinks(),
        languages=languages,
        variants=variants,
    )


def shipped_copy(to: Path) -> Path:
    """A copy of the shipped campaign, to be changed."""
    shutil.copytree(TEMPLATES, to / "templates")
    return to / "templates" / SHIPPED.name


def campaign(root: Path, body: str = "", **files: str) -> Path:
    """A campaign folder in `root` whose body is one section, with `body` in its column.

    Further files are given by name, with `__` for a dot and `___` for a slash.
    """
    folder = root / "templates" / "tiny"
    texts = {
        "body.mjml": f"<mjml>\n<mj-body>\n<mj-section><mj-column>\n{body}\n"
        "</mj-column></mj-section>\n</mj-body>\n</mjml>\n",
        "subject.txt": "Hello\n",
        "preheader.txt": "News\n",
        "strings/en.toml": 'hello = "Good evening"\n',
    }
    for name, text in (texts | {key.replace("___", "/").replace("__", "."): files[key] for key in files}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def tiny(folder: Path, catalogue: Catalogue = CATALOGUE) -> CampaignRenderer:
    return compiled(folder, languages=("en",), variants=("treatment",), catalogue=catalogue)
