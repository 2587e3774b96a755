"""The edition's page, and those whom each gate excluded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from campaigns.ground.errors import ConfigurationError
from campaigns.ground.exclusion import Reason
from campaigns.studio.answering import Asked
from campaigns.studio.data import evidence
from campaigns.studio.desk import Desk
from campaigns.studio.opened import counts_of
from campaigns.studio.overview import (
    batch_of,
    changes,
    due,
    guards_of,
    other_settings,
    overview_of,
    shown_again,
)
from campaigns.studio.pages import Pages

RULES = {
    "only_new": "only what came out lately",
    "kinds": "kinds that the campaign leaves out",
    "language": "other languages",
    "kids": "kids' content for people who do not listen to it",
    "not_heard": "what they have heard already",
    "collections": "members of one collection become one pick",
    "at_most": "variety: at most so many of a narrator, topic or kind",
    "shuffle": "a fresh order each week",
    "fill": "short lists are filled up",
    "take": "the email's slots",
}
"""What each rule does, in a marketer's words."""


@dataclass(frozen=True, slots=True)
class EditionPages:
    """What was decided about the edition."""

    desk: Desk
    pages: Pages

    def overview(self, _: Asked) -> Response:
        """Counts, funnel, rules, guards, and what changed since the last edition."""
        desk = self.desk
        opened, campaign = desk.opened(), desk.campaign()
        ours, earlier = overview_of(opened.manifest), desk.earlier()
        before = earlier.require_manifest() if earlier else None
        return self.pages.page(
            "edition",
            overview=ours,
            due=due(opened),
            batch=batch_of(desk.workshop, campaign),
            guards=list(guards_of(campaign.guards)),
            rules_in_words=RULES,
            earlier=earlier.edition if earlier else None,
            changes=list(changes(overview_of(before), ours)) if before else [],
            settings_changed=other_settings(opened.manifest, before) if before else [],
            shown=shown_again(opened, earlier) if earlier else None,
            hour=timedelta(hours=1),
        )

    def excluded(self, asked: Asked) -> Response:
        """A few of those whom one gate excluded, and why."""
        name = asked.path["reason"]
        if name not in {*Reason}:
            raise ConfigurationError(f"there is no gate {name!r}; the edition's page lists them all")
        reason, opened = Reason(name), self.desk.opened()
        excluded = counts_of(opened.manifest)["excluded"]
        assert isinstance(excluded, dict)
        return self.pages.page(
            "excluded",
            reason=reason.value,
            count=excluded.get(reason.value, 0),
            evidence=evidence(reason, self.desk.campaign()),
            examples=self.desk.data().examples(opened.folder, reason),
        )
