"""Asking: in colleagues' emails each card ends in a small link, by which they say that the pick is an odd one.

It is put in afterwards, behind the last link of a card to its item, so that templates need not know of it and
everybody else's email stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape, unescape

from campaigns.ground.item import Item
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.ports.links import OddPickLinks
from campaigns.ports.renderer import Renderer
from campaigns.rendering.tracking import FindShown

_WORDS: Mapping[str, str] = {"en": "odd pick?", "de": "seltsame Wahl?", "es": "¿te extraña?"}
_LINK = re.compile(r'<a\b[^>]*?\shref="(https://[^"\s]+)"[^>]*>.*?</a>', re.DOTALL)
_STYLE = (
    "display:inline-block;background:#ffffff;color:#4b5280;font:11px/20px sans-serif;"
    "padding:0 7px;border-radius:10px;text-decoration:underline"
)
"""On a ground of its own: the last link may be a button of whatever colour."""


class Asking:
    """A renderer around another (implements `ports.renderer.Renderer`).

    Args:
        renderer: makes the message.
        links: makes the addresses.
        find: what of the catalogue an address leads to.
        cohort: whose messages ask.
    """

    def __init__(self, renderer: Renderer, links: OddPickLinks, find: FindShown, cohort: str) -> None:
        self.template_hash = renderer.template_hash
        self._renderer = renderer
        self._links = links
        self._find = find
        self._cohort = cohort

    def render(self, row: PlanRow) -> Message:
        """One person's message; of the cohort, with a link behind each item's card.

        Raises:
            TemplateError: as the other renderer.
        """
        message = self._renderer.render(row)
        if row.attributes.get("cohort") != self._cohort:
            return message
        return replace(message, html=self._with_questions(message.html, row), html_pieces=())

    def _with_questions(self, html: str, row: PlanRow) -> str:
        ends: dict[str, int] = {}
        for link in _LINK.finditer(html):
            shown = self._find(unescape(link[1]))
            if isinstance(shown, Item):
                ends[shown.item_id] = link.end()
        for item_id, end in sorted(ends.items(), key=lambda placed: -placed[1]):
            html = html[:end] + self._question(row, item_id) + html[end:]
        return html

    def _question(self, row: PlanRow, item_id: str) -> str:
        words = _WORDS.get(row.contact.language.partition("-")[0], _WORDS["en"])
        address = escape(self._links.odd_pick(row.delivery_id, row.send_at, item_id))
        shown = words.encode("ascii", "xmlcharrefreplace").decode()  # the page is in ASCII
        return f' <a href="{address}" style="{_STYLE}">{shown}</a>'
