"""What is done on the pages: check, plan, approve, send a test, curate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from campaigns.check.finding import Severity
from campaigns.ground.errors import ConfigurationError, GuardError, WinddownError
from campaigns.ground.receipt import Outcome
from campaigns.plan.manifest import planned
from campaigns.ports.progress import Progress
from campaigns.settings.campaign import CampaignSettings
from campaigns.studio.answering import Asked
from campaigns.studio.curation import Curation
from campaigns.studio.desk import Desk
from campaigns.studio.jobs import Jobs
from campaigns.studio.pages import Pages
from campaigns.studio.state import state_of
from recsource.rules.only_new import OnlyNew

_AT_ONCE = 20_000
"""Messages that are checked without being asked to: some ten seconds of them."""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_MOST_ADDRESSES = 20
_LATELY = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Problems:
    """The check of every message, and the plan anew."""

    desk: Desk
    pages: Pages
    jobs: Jobs

    def page(self, _: Asked) -> Response:
        """What was found, begun by itself where it does not take long."""
        manifest = self.desk.opened().manifest
        checked = self.desk.checked()
        self.desk.renderer()  # what does not compile cannot be checked
        begun = self.jobs.now.doing or self.jobs.now.failure
        if not (checked or begun or state_of(self.desk).changed) and planned(manifest) <= _AT_ONCE:
            self._start_check(ask=False)
        return self.pages.page("problems", checked=checked, total=planned(manifest), severities=list(Severity))

    def check(self, asked: Asked) -> str:
        """Look at all of them again, and at what their links lead to if that is asked for."""
        return self._start_check(ask=bool(asked.field("network")))

    def plan(self, _: Asked) -> str:
        """Plan the edition anew."""
        started = self.jobs.start("plan", self._plan)
        return "Planning has begun." if started else "Something else is under way; wait for it."

    def _start_check(self, *, ask: bool) -> str:
        started = self.jobs.start("check", lambda progress: self._check(progress, ask=ask))
        return "The check has begun." if started else "Something else is under way; wait for it."

    def _check(self, progress: Progress, *, ask: bool) -> None:
        self.desk.remember(self.desk.workshop.check(progress, ask))

    def _plan(self, progress: Progress) -> None:
        self.desk.workshop.plan(progress)


@dataclass(frozen=True, slots=True)
class Approving:
    """Approval and test messages."""

    desk: Desk

    def approve(self, asked: Asked) -> str:
        """Approve what the page showed."""
        state = state_of(self.desk)
        if state.changed:
            raise GuardError(
                f"{' and '.join(state.changed)} changed since the edition was planned; plan it again first"
            )
        approval = self.desk.workshop.approve(asked.field("name"), asked.field("manifest"))
        return f"Approved by {approval.name}."

    def send_test(self, asked: Asked) -> str:
        """Send one person's message to oneself, or to the seed list."""
        user_id = asked.field("user_id")
        sent = [self._send(user_id, address) for address in self._addresses(asked)]
        return f"Test message sent: {'; '.join(sent)}."

    def _addresses(self, asked: Asked) -> Sequence[str]:
        given = re.split(r"[,;\s]+", asked.field("to"))
        seeds = self.desk.workshop.settings.studio.seed_list if asked.field("seeds") else ()
        addresses = list(dict.fromkeys(address for address in (*given, *seeds) if address))
        wrong = [address for address in addresses if not _ADDRESS.fullmatch(address)]
        if wrong or not addresses or len(addresses) > _MOST_ADDRESSES:
            raise ConfigurationError(
                f"a test message goes to 1 to {_MOST_ADDRESSES} addresses, such as you@example.org; "
                f"found {', '.join(wrong) or len(addresses)}"
            )
        return addresses

    def _send(self, user_id: str, address: str) -> str:
        receipt = self.desk.workshop.send_test(user_id, address)
        if receipt.outcome is not Outcome.ACCEPTED:
            raise WinddownError(f"{address}: {receipt.outcome}: {receipt.detail or 'no word of the provider'}")
        return f"{address} {receipt.outcome}"


@dataclass(frozen=True, slots=True)
class Curating:
    """The control picks."""

    desk: Desk
    pages: Pages

    def page(self, asked: Asked) -> Response:
        """One language's list, and what could stand in it."""
        campaign, curation = self.desk.campaign(), self._curation()
        language = self._language(asked.query.get("language"), campaign)
        span = next((timedelta(days=rule.days) for rule in campaign.rules if isinstance(rule, OnlyNew)), _LATELY)
        listed = curation.listed(language)
        candidates = {one.item_id: one for one in curation.candidates(language, self.desk.occasion().as_of, span)}
        return self.pages.page(
            "curate",
            language=language,
            languages=campaign.languages,
            listed=[candidates[item_id] for item_id in listed if item_id in candidates],
            candidates=[one for key, one in candidates.items() if key not in listed],
            slots=campaign.slots,
            days=span.days,
            undoable=curation.undoable(language),
            history=curation.history(language)[::-1][:10],
        )

    def save(self, asked: Asked) -> str:
        """Save a language's list."""
        language = self._language(asked.field("language"), self.desk.campaign())
        author, items = asked.field("author"), asked.fields("item")
        self._curation().save(language, items, author, asked.fields("seen"))
        return f"The {language} list was saved: {len(items)} picks. Plan the edition again to use it."

    def undo(self, asked: Asked) -> str:
        """Undo the last change of a language's list."""
        language = self._language(asked.field("language"), self.desk.campaign())
        self._curation().undo(language, asked.field("author"))
        return f"The last change of the {language} list was undone."

    def _curation(self) -> Curation:
        return Curation(self.desk.workshop, self.desk.data())

    @staticmethod
    def _language(asked: str | None, campaign: CampaignSettings) -> str:
        return asked if asked in campaign.languages else campaign.languages[0]
