"""What rendering one person's message costs, and how much compiling once saves.

    python benchmarks/render.py

One side renders the shipped Weekly Winddown for distinct people, on one core: subject, preheader, HTML and
text with six cards, which were rendered before. The other side does the same with everything compiled for
every person: Jinja2 over the MJML, MJML to HTML, premailer, inscriptis; the files are read beforehand, and a
further line shows it with Jinja2's templates kept. The sides take turns; figures are medians of all rounds.
"""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from inscriptis import get_text
from jinja2 import Environment, Template
from mjml import mjml2html
from premailer import Premailer

from campaigns.ground.contact import Contact
from campaigns.ground.edition import Edition
from campaigns.ground.identity import Identity
from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.ground.message import Mailbox
from campaigns.ground.plan_row import PlanRow, Slot
from campaigns.rendering.campaign import CampaignRenderer, compile_campaign
from campaigns.rendering.sources import TemplateFiles
from campaigns.rendering.strings import load_strings

FOLDER = Path(__file__).parents[1] / "templates" / "weekly_winddown"
PEOPLE, PEOPLE_EACH, ROUNDS = 5_000, 4, 9
NAMES = ("Anna", "Jürgen", "Lucía", None, "Tom", "Zoë", "Ines", None)
LANGUAGES = ("en", "en", "de", "es")
KINDS = ("sleep_story", "meditation", "soundscape", "music")
START = datetime(2026, 11, 28, 12, tzinfo=UTC)


IDENTITY = Identity(
    mailbox=Mailbox("hello@winddown.example", "Winddown"),
    reply_to=None,
    domain="winddown.example",
    postal_address="Winddown Ltd, 12 Harbour Lane, Bristol BS1 4QA, United Kingdom",
    feedback_id="winddown",
)


class PlainLinks:
    """Unsigned links: signing is measured with sending."""

    def unsubscribe(self, delivery_id: str, at: datetime) -> str:  # noqa: ARG002  the port's
        """The footer's link."""
        return f"https://winddown.example/unsubscribe/{delivery_id}"

    def unsubscribe_mailto(self, https: str) -> str:
        """The header's alternative."""
        return f"mailto:unsubscribe@winddown.example?subject={https.rpartition('/')[2]}"


def _item(number: int) -> Item:
    return Item(
        item_id=f"item-{number}",
        title=f"The Slow Train Through Valley Number {number}",
        kind=KINDS[number % len(KINDS)],
        narrator="Ines Duarte" if number % 3 else None,
        duration_s=600 + 60 * (number % 40),
        published_at=START - timedelta(days=number % 14),
        language="en",
        topic="trains",
        for_kids=number % 20 == 0,
        image_url=f"https://images.winddown.example/{number}.png",
        url=f"https://app.winddown.example/items/{number}",
        description="A sleeper carriage, rain on the glass, and hours in which nobody needs anything from you.",
    )


def _collection(number: int) -> Collection:
    name = f"series-{number}"
    page = f"https://app.winddown.example/series/{number}"
    return Collection(
        name, f"{number} Days of Calm", "meditation", f"https://images.winddown.example/{name}.png", page
    )


CATALOGUE = Catalogue(
    items={f"item-{n}": _item(n) for n in range(60)},
    collections={f"series-{n}": _collection(n) for n in range(8)},
)


def _row(number: int) -> PlanRow:
    items = [Slot(n + 1, "recommended", f"item-{(number * 7 + n * 31) % 60}") for n in range(5)]
    slots = (*items, Slot(6, "recommended", None, f"series-{number % 8}"))
    language, name = LANGUAGES[number % len(LANGUAGES)], NAMES[number % len(NAMES)]
    contact = Contact(f"reader-{number}@mail.example", name, language, "PT", "Europe/Lisbon")
    due = START + timedelta(hours=number % 24)
    variant = ("treatment", "control")[number % 2]
    return PlanRow(f"{number:032x}", number, f"user-{number}", contact, variant, due, slots)


def _compile() -> CampaignRenderer:
    return compile_campaign(
        FOLDER,
        identity=IDENTITY,
        edition=Edition("weekly_winddown", 2026, 48),
        catalogue=CATALOGUE,
        links=PlainLinks(),
        languages=("en", "de", "es"),
        variants=("treatment", "control"),
    )


class PerPerson:
    """Everything for every person, in one language.

    Args:
        template: makes a Jinja2 template, from its text and whether it escapes.
    """

    def __init__(self, template: Callable[[str, bool], Template]) -> None:
        files = TemplateFiles(FOLDER)
        self._strings = load_strings(files, "en")
        self._files = {name: self._source(files, name) for name in ("body.mjml", "subject.txt", "preheader.txt")}
        self._template = template

    def render(self, row: PlanRow) -> tuple[str, str, str]:
        """Subject, HTML and text."""
        values: dict[str, object] = {
            "reader": {"first_name": row.contact.first_name},
            "picks": [_seen(slot) for slot in row.slots],
            "links": {"unsubscribe": PlainLinks().unsubscribe(row.delivery_id, row.send_at)},
            "sender": {"name": IDENTITY.mailbox.name, "postal_address": IDENTITY.postal_address},
            "t": self._strings.table,
        }
        values["subject"] = subject = self._fill("subject.txt", values)
        values["preheader"] = self._fill("preheader.txt", values)
        html = mjml2html(self._fill("body.mjml", values), fonts={})
        page = Premailer(html, allow_network=False, cssutils_logging_level=logging.CRITICAL).transform()
        return subject, page, get_text(page)

    def _fill(self, name: str, values: dict[str, object]) -> str:
        return self._template(self._files[name], name.endswith(".mjml")).render(values)

    def _source(self, files: TemplateFiles, name: str) -> str:
        is_body = name.endswith(".mjml")
        source = (files.mjml if is_body else files.plain)(FOLDER / name)
        text = self._strings.fill(source, escaped=is_body).text
        return text.replace("{% card pick %}", "").replace("{% endcard %}", "")


def _parsed(text: str, escapes: bool) -> Template:  # noqa: FBT001  as it is passed on
    return Environment(autoescape=escapes).from_string(text)


def _seen(slot: Slot) -> dict[str, object]:
    if slot.collection_id:
        one: Item | Collection = CATALOGUE.collections[slot.collection_id]
    else:
        one = CATALOGUE.items[slot.item_id or ""]
    names = ("title", "kind", "image_url", "url", "narrator", "description", "for_kids")
    seen = {name: getattr(one, name, None) for name in names}
    return seen | {"minutes": getattr(one, "duration_s", 0) // 60, "is_collection": bool(slot.collection_id)}


def _microseconds(render: Callable[[PlanRow], object], rows: Sequence[PlanRow]) -> float:
    start = time.perf_counter()
    for row in rows:
        render(row)
    return (time.perf_counter() - start) / len(rows) * 1e6


def main() -> None:
    """Measure the sides in turn, and print a table and the figures."""
    start = time.perf_counter()
    renderer = _compile()
    compiling = time.perf_counter() - start
    rows = [_row(number) for number in range(PEOPLE)]
    size = statistics.mean(len(renderer.render(row).html) for row in rows)  # and every card is made
    sides: dict[str, tuple[Callable[[PlanRow], object], int]] = {
        "compiled once": (renderer.render_parts, PEOPLE),
        "compiled once, with all headers": (renderer.render, PEOPLE),
        "compiled for each person": (PerPerson(_parsed).render, PEOPLE_EACH),
        "the same, Jinja2's templates kept": (PerPerson(cache(_parsed)).render, PEOPLE_EACH),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for n in range(ROUNDS):
        for name, (render, people) in sides.items():
            taken[name].append(_microseconds(render, rows[n * 100 :][:people]))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    print(f"6 cards, {size / 1000:.0f} KB of HTML, {ROUNDS} rounds; compiling 3 languages took {compiling:.2f} s")
    for name, times in taken.items():
        print(f"  {name:<34} {medians[name]:>10,.1f} us   (fastest round {min(times):,.1f})")
    once, each = medians["compiled once"], medians["compiled for each person"]
    print(f"figure render_us {once:.1f} us")
    print(f"figure render_vs_per_person {each / once:.0f} x")


if __name__ == "__main__":
    main()
