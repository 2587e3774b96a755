"""Looks at one message after another: what is wrong with each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from campaigns.check.accepting import gravity
from campaigns.check.envelope import look_at_envelope, unsubscribe_link
from campaigns.check.finding import Finding
from campaigns.check.kinds import OTHER_PAGE_LANGUAGE, TOO_LARGE, Problem
from campaigns.check.network import Network
from campaigns.check.page.markup import Demands
from campaigns.check.page.reading import Page, PageReader
from campaigns.check.picks import Showcase, Shown, look_at_picks
from campaigns.check.pictures import local_scales
from campaigns.check.tally import Tally
from campaigns.check.wording import look_at_wording
from campaigns.ground.item import Catalogue
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.settings.campaign import CampaignSettings


class Inspector:
    """Knows what a campaign's messages must be like.

    What is the same for many messages, such as cards and the template's own text, is judged once and remembered,
    so that one inspector should look at all of an edition.

    Attributes:
        gravity: how grave each kind of problem is to the campaign.

    Args:
        catalogue: what the slots name.
        campaign: its slots, languages and limits.
        network: where links and pictures are to be asked for; nowhere where left out.

    Raises:
        ConfigurationError: `accept` under `[check]` names no problem that there is.
    """

    def __init__(self, catalogue: Catalogue, campaign: CampaignSettings, network: Network | None = None) -> None:
        settings = campaign.check
        scales = local_scales(settings.max_image_kilobytes)
        demands = Demands(settings.link_schemes, settings.image_schemes, scales)
        self._catalogue = catalogue
        self._slots = campaign.slots
        self._languages = frozenset(campaign.languages)
        self._most_bytes = settings.max_kilobytes * 1_024
        self.gravity = gravity(settings.accept)
        self._showcase = Showcase(catalogue, demands)
        self._reader = PageReader(demands)
        self._network = network

    def look(self, row: PlanRow, message: Message) -> tuple[Finding, ...]:
        """What is wrong with one message; each finding counts it once, and names its reader."""
        tally = Tally()
        tally.add(row.user_id, self.problems(row, message))
        return tally.findings(self.gravity)

    def problems(self, row: PlanRow, message: Message) -> list[Problem]:
        """All that is wrong, what is accepted, too, in the order of the page, some of it perhaps many times."""
        page = self._reader.read(message.html_pieces or (message.html,))
        shown = self._showcase.of(row.slots)
        return [*page.problems, *self._problems(row, message, page, shown)]

    def _problems(self, row: PlanRow, message: Message, page: Page, shown: Sequence[Shown]) -> Iterator[Problem]:
        html = message.html
        size = len(html) if html.isascii() else len(html.encode())
        if size > self._most_bytes:
            yield Problem(TOO_LARGE, f"{size:,} bytes, wanted at most {self._most_bytes:,}")
        own = row.contact.language
        if page.language and page.language.partition("-")[0].lower() != own.partition("-")[0].lower():
            yield Problem(OTHER_PAGE_LANGUAGE, f'lang="{page.language}", for a reader of {own}')
        yield from look_at_picks(row, shown, self._slots, self._languages)
        yield from look_at_envelope(message)
        yield from look_at_wording(row, message, page, shown, self._catalogue)
        if self._network is not None:
            yield from _ask(self._network, page, shown, unsubscribe_link(message))


def _ask(network: Network, page: Page, shown: Sequence[Shown], own: str) -> Iterator[Problem]:
    """Ask for what a message links to and shows, but for the reader's own unsubscribe link."""
    links = {*page.links, *(one.url for one in shown)} - {own}
    pictures = {*page.pictures, *(one.image_url for one in shown if one.image_url)}
    answers = [*map(network.link, sorted(links)), *map(network.picture, sorted(pictures))]
    yield from (problem for problem in answers if problem is not None)
