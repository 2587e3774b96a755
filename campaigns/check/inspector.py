"""Looks at one message after another: what is wrong with each."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.check.finding import Finding
from campaigns.check.problems import PROBLEMS, Looked
from campaigns.ground.item import Catalogue
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.settings.campaign import CampaignSettings


class Inspector:
    """Knows what a campaign's messages must be like.

    Args:
        catalogue: what the slots name.
        campaign: its slots, languages and limits.
    """

    def __init__(self, catalogue: Catalogue, campaign: CampaignSettings) -> None:
        self._catalogue = catalogue
        self._slots = campaign.slots
        self._settings = campaign.check
        self._languages = frozenset(campaign.languages)

    def look(self, row: PlanRow, message: Message) -> tuple[Finding, ...]:
        """What is wrong with one message; each finding counts it once, and names its reader."""
        return tuple(self._found(row, message))

    def _found(self, row: PlanRow, message: Message) -> Iterator[Finding]:
        looked = Looked(row, message, self._catalogue, self._slots, self._settings, self._languages)
        for problem in PROBLEMS:
            detail = problem.find(looked)
            if detail is not None:
                yield Finding(problem.code, problem.severity, problem.meaning, 1, row.user_id, detail)
