"""The tables that a plan is made from, opened for questions about one person or one item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.ground.exclusion import Reason
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.inputs import Inputs, find_inputs
from campaigns.settings.campaign import CampaignSettings
from campaigns.studio.stamps import Stamp, stamp_of
from campaigns.studio.workshop import Workshop
from recsource.engine import Engine, Queries
from recsource.inputs import open_table
from recsource.schema import CURATED

_SQL = Queries("campaigns")
_EXAMPLES = 20
_WHY: Mapping[Reason, str] = {
    Reason.MALFORMED_ADDRESS: "email",
    Reason.NO_CONSENT: "email_consent",
    Reason.SUPPRESSED: "email",
    Reason.SUBSCRIPTION: "subscription",
    Reason.INACTIVE: "last_active_at",
    Reason.LANGUAGE: "language",
    Reason.SHARED_ADDRESS: "email",
}
"""The column of `users` that shows why, where there is one."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """Somebody who gets no email, and what shows why."""

    user_id: str
    first_name: str | None
    shown: str | None


@dataclass(frozen=True, slots=True)
class Data:
    """The inputs as they are now, which may be later than the plan."""

    inputs: Inputs
    engine: Engine
    stamp: Stamp

    @classmethod
    def open(cls, workshop: Workshop) -> Data:
        """Read and check every table.

        Raises:
            InputError: one is missing or wrong.
        """
        inputs = find_inputs(workshop.settings.data, workshop.root)
        stamp = _stamp(inputs)
        engine = workshop.open_engine()
        try:
            inputs.open(engine)
        except BaseException:
            engine.close()
            raise
        return cls(inputs, engine, stamp)

    def is_current(self) -> bool:
        """Whether the files are still those that were read, the curated picks apart."""
        return _stamp(self.inputs) == self.stamp

    def read_curated(self) -> None:
        """Read the curated picks again, which the studio itself changes."""
        open_table(self.engine, CURATED, self.inputs.sources[CURATED.name])

    def examples(self, folder: EditionFolder, reason: Reason) -> Sequence[Excluded]:
        """A few of those whom a gate excluded."""
        rows = self.engine.rows(
            _SQL("studio/excluded", excluded=folder.excluded, reason=reason, why=_WHY.get(reason), most=_EXAMPLES)
        )
        return [Excluded(*(None if value is None else str(value) for value in row)) for row in rows]  # type: ignore[arg-type]  # an id is never null


def evidence(reason: Reason, campaign: CampaignSettings) -> str:
    """What the gate asks, in a sentence with the campaign's own numbers."""
    audience, cap = campaign.audience, campaign.audience.frequency_cap
    return {
        Reason.MALFORMED_ADDRESS: "The address is missing, or none that email can be sent to.",
        Reason.NO_CONSENT: "They have not agreed to email.",
        Reason.SUPPRESSED: "They unsubscribed, complained, or mail to them bounced.",
        Reason.SUBSCRIPTION: f"Their subscription is none of {', '.join(audience.subscriptions)}.",
        Reason.INACTIVE: f"They were last here more than {audience.active_within_days} days before the edition.",
        Reason.LANGUAGE: f"The campaign has no words in their language; it has {', '.join(campaign.languages)}.",
        Reason.FREQUENCY_CAP: f"They had {cap.editions} edition(s) within {cap.within_days} days."
        if cap
        else "The campaign has no frequency cap.",
        Reason.TOO_FEW_PICKS: f"The rules leave them fewer than {campaign.slots} picks.",
        Reason.TOO_FEW_CURATED: f"Fewer than {campaign.slots} curated picks fit them.",
        Reason.SHARED_ADDRESS: "Somebody else with the same address gets the email.",
        Reason.HOLDOUT: "They are held out of all email, so that email itself can be judged.",
    }[reason]


def _stamp(inputs: Inputs) -> Stamp:
    tables = [file for name, source in inputs.sources.items() if name != CURATED.name for file in source.files]
    return stamp_of([*tables, *inputs.batch.files])
