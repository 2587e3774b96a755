"""Tracking, for senders that have none of their own: links that lead by way of us, and a picture of one pixel.

Only what the catalogue shows is tracked: such an address is the same for everybody, so that its signed part can be
made once and kept, and nothing of a person gets into it. Unsubscribe links, headers and the text stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape

from campaigns.ground.errors import MessageError
from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.ports.links import TrackingLinks
from campaigns.ports.renderer import Renderer

FindShown = Callable[[str], Item | Collection | None]
"""What of the catalogue an address leads to."""

_HREF = re.compile(r'(?<![\w-])href="(https://[^"\s]+)(?=")')
_OPENED_HREF = ' href="'
_END = "</body>"
_PIXEL = ('<img src="', '" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">')
_MOST_KEPT = 20_000_000
"""Characters of pieces: some 6,000 cards. Were pieces not shared after all, memory would stay flat."""

_CLICK, _OPEN = "\0click", "\0open"
"""Places where each message has something of its own."""

_Cut = tuple[str, ...]


def shown_at(catalogue: Catalogue) -> FindShown:
    """Finds items and collections by their addresses, whatever utm parameters these have been given."""
    everything: list[Item | Collection] = [*catalogue.items.values(), *catalogue.collections.values()]
    shown = {_without_utm(one.url): one for one in reversed(everything)}
    return lambda url: shown.get(_without_utm(url))


class Tracked:
    """A renderer around another (implements `ports.renderer.Renderer`), a pure function of the same things.

    A piece of HTML that many messages share is cut up once, around the places of what each has of its own.
    """

    def __init__(self, renderer: Renderer, links: TrackingLinks, find: FindShown) -> None:
        self.template_hash = renderer.template_hash
        self._renderer = renderer
        self._links = links
        self._find = find
        self._kept: dict[str, _Cut] = {}
        self._room = _MOST_KEPT

    def render(self, row: PlanRow) -> Message:
        """One person's message, tracked.

        Raises:
            TemplateError: as the other renderer.
        """
        message = self._renderer.render(row)
        cuts = self._shared(message.html_pieces) if message.html_pieces else self._cut(message.html)
        click = self._links.click_by(row.delivery_id, row.send_at)
        pixel = self._links.open(row.delivery_id, row.send_at)
        pieces = tuple([click if one is _CLICK else pixel if one is _OPEN else one for one in cuts])
        return Message(
            message.delivery_id,
            message.sender,
            message.reply_to,
            message.recipient,
            message.subject,
            "".join(pieces),
            message.text,
            message.headers,
            pieces,
        )

    def _shared(self, pieces: Sequence[str]) -> list[str]:
        kept = self._kept
        cuts: list[str] = []
        for piece in pieces:
            if piece in kept:
                cuts += kept[piece]
            elif "<" in piece:
                cuts += self._keep(piece)
            elif piece.startswith("https://") and cuts[-1].endswith(_OPENED_HREF):
                cuts += self._by_way_of_us(piece)
            else:  # another value: it has no tags, because values are escaped
                cuts.append(piece)
        return cuts

    def _keep(self, piece: str) -> _Cut:
        cut = tuple(self._cut(piece))
        if self._room > 0:
            self._room -= len(piece)
            self._kept[piece] = cut
        return cut

    def _cut(self, html: str) -> Iterator[str]:
        body, end, after = html.rpartition(_END)
        yield from self._cut_links(body)
        if end:
            yield from (_PIXEL[0], _OPEN, _PIXEL[1])
        yield from self._cut_links(end + after)

    def _cut_links(self, html: str) -> Iterator[str]:
        done = 0
        for found in _HREF.finditer(html):
            yield html[done : found.start(1)]
            yield from self._by_way_of_us(found[1])
            done = found.end()
        if done < len(html):
            yield html[done:]

    def _by_way_of_us(self, written: str) -> _Cut:
        """The address in its place, as HTML writes it."""
        url = unescape(written)
        shown = self._find(url)
        if shown is None:
            return (written,)
        try:
            return (self._links.click_to(url, shown.item_id if isinstance(shown, Item) else None), _CLICK)
        except MessageError:  # we would not redirect there; the link works all the same
            return (written,)


def _without_utm(url: str) -> str:
    head, mark, fragment = url.partition("#")
    base, _, query = head.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("utm_")]
    return f"{base}?{'&'.join(kept)}{mark}{fragment}"
