"""Readers: who there is, one person's message in every view, and why it shows what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from secrets import randbits
from typing import Any

from starlette.responses import RedirectResponse, Response

from campaigns.ground.plan_row import PlanRow
from campaigns.settings.campaign import CampaignSettings
from campaigns.studio.answering import Asked
from campaigns.studio.desk import Desk
from campaigns.studio.display import FRAMED, WIDTHS, View
from campaigns.studio.edition_pages import RULES
from campaigns.studio.inbox import preview_text, size_of
from campaigns.studio.opened import Kind
from campaigns.studio.pages import Pages

_BESIDE = ("nothing", "arm", "earlier")
_SOURCE_LINES = 4_000


@dataclass(frozen=True, slots=True)
class ReaderPages:
    """The people in the plan."""

    desk: Desk
    pages: Pages

    def gallery(self, asked: Asked) -> Response:
        """A reader of each kind, and what a search found."""
        wanted = asked.query.get("q", "")
        return self.pages.page(
            "readers", kinds=self.kinds(), wanted=wanted, found=self.desk.opened().search(wanted)
        )

    def kinds(self) -> Sequence[Kind]:
        """One reader of each kind, the one with the largest message among them once all have been looked at."""
        checked = self.desk.checked()
        kinds = list(self.desk.kinds())
        if checked and checked.largest_example:
            size = f"{checked.largest_bytes / 1024:.0f} KB on the wire"
            kinds.append(Kind("largest_message", checked.largest_example, size))
        return kinds

    def search(self, asked: Asked) -> Response:
        """What is found while somebody types."""
        return self.pages.fragment("found", found=self.desk.opened().search(asked.query.get("q", "")))

    def anybody(self, _: Asked) -> Response:
        """Somebody else each time."""
        return RedirectResponse(f"/readers/{self.desk.opened().anybody(randbits(48))}", 303)

    def reader(self, asked: Asked) -> Response:
        """One person's message."""
        view = View(asked.query["view"]) if asked.query.get("view") in {*View} else View.DESKTOP
        beside = asked.query["beside"] if asked.query.get("beside") in _BESIDE else "nothing"
        row = self.desk.opened().row(asked.path["user_id"])
        message = self.desk.message(row)
        campaign, settings = self.desk.campaign(), self.desk.workshop.settings
        raw = self.desk.workshop.assemble(message)
        return self.pages.page(
            "reader",
            row=row,
            message=message,
            view=view,
            views=list(View),
            framed=view in FRAMED,
            width=WIDTHS.get(view),
            beside=beside,
            other=other_variant(row, campaign),
            earlier=self.desk.earlier(),
            sha256=sha256(raw).hexdigest(),
            size=size_of(message, settings),
            preview=preview_text(message.html),
            source=raw.decode(errors="replace").splitlines()[:_SOURCE_LINES] if view is View.SOURCE else [],
            findings=self.desk.inspector().look(row, message),
            picks=self._picks(row),
            seeds=settings.studio.seed_list,
        )

    def why(self, asked: Asked) -> Response:
        """Why a person's picks are what they are; it takes a moment, and is asked for by itself."""
        row = self.desk.opened().row(asked.path["user_id"])
        campaign, reasons = self.desk.campaign(), self.desk.reasons(row)
        values: dict[str, Any] = {
            "row": row,
            "reasons": reasons,
            "agrees": reasons.agree_with(row, campaign),
            "rules_in_words": RULES,
        }
        if "whole" in asked.query:
            return self.pages.page("why_page", **values)
        return self.pages.fragment("why", **values)

    def _picks(self, row: PlanRow) -> list[tuple[int, str, str, str]]:
        """Slot, source, title and kind of what is shown."""
        catalogue = self.desk.opened().catalogue
        shown = [
            (
                slot,
                catalogue.collections[slot.collection_id]
                if slot.collection_id
                else catalogue.items[slot.item_id or ""],
            )
            for slot in row.slots
        ]
        return [(slot.slot, slot.source, one.title, one.kind) for slot, one in shown]


def other_variant(row: PlanRow, campaign: CampaignSettings) -> str | None:
    """The variant to show beside a person's own: the baseline, or the first other one beside the baseline."""
    names = [variant.name for variant in campaign.experiment.variants if variant.name != row.variant]
    baseline = campaign.experiment.baseline
    return baseline if baseline in names else next(iter(names), None)
