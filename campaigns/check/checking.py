"""Every planned message, rendered and looked at; each problem with how often, and a person to see it on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from campaigns.check.problems import PROBLEMS, Looked
from campaigns.ground.errors import MessageError, TemplateError
from campaigns.ground.item import Catalogue
from campaigns.plan.reading import Plan
from campaigns.ports.progress import Progress
from campaigns.ports.renderer import Renderer
from campaigns.ports.sender import Assemble
from campaigns.settings.campaign import CampaignSettings

_STEP = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that some messages have.

    Attributes:
        messages: how many.
        example: the `user_id` of the first of them, for `winddown render --user`.
    """

    code: str
    meaning: str
    messages: int
    example: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How many messages were looked at, and what was found."""

    messages: int
    findings: tuple[Finding, ...]
    largest_bytes: int
    largest_example: str

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def check(
    plan: Plan,
    renderer: Renderer,
    assemble: Assemble,
    catalogue: Catalogue,
    campaign: CampaignSettings,
    *,
    total: int,
    progress: Progress,
) -> Checked:
    """Render and assemble all of a plan's messages, and look at each.

    Args:
        plan: the edition's.
        renderer: the same that sends.
        assemble: as senders do, so that what cannot be put on the wire is found here.
        catalogue: what the slots name.
        campaign: its slots, languages and limits.
        total: how many rows the plan has.
        progress: told every few hundred messages.
    """
    findings: dict[str, Finding] = {}
    languages = frozenset(campaign.languages)
    largest, largest_example, seen = 0, "", 0

    def add(code: str, meaning: str, user_id: str) -> None:
        known = findings.get(code, Finding(code, meaning, 0, user_id))
        findings[code] = replace(known, messages=known.messages + 1)

    with progress.stage("Checking every message", total) as step:
        for row in plan.rows():
            seen += 1
            if seen % _STEP == 0:
                step(_STEP)
            try:
                message = renderer.render(row)
                size = len(assemble(message))
            except (TemplateError, MessageError) as error:
                add("not_rendered", str(error).replace(row.delivery_id, "…"), row.user_id)
                continue
            if size > largest:
                largest, largest_example = size, row.user_id
            looked = Looked(row, message, catalogue, campaign.slots, campaign.check, languages)
            for problem in PROBLEMS:
                if problem.found(looked):
                    add(problem.code, problem.meaning, row.user_id)
    return Checked(seen, _by_frequency(findings.values()), largest, largest_example)


def _by_frequency(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (-finding.messages, finding.code)))
