"""Every planned message, rendered and looked at; each problem with how often, and a person to see it on."""

from __future__ import annotations

from campaigns.check.arms import Arms
from campaigns.check.finding import Checked, Severity, in_order
from campaigns.check.inspector import Inspector
from campaigns.check.kinds import NOT_RENDERED, Kind, Problem
from campaigns.check.network import Network
from campaigns.check.tally import Tally
from campaigns.ground.errors import MessageError, TemplateError
from campaigns.ground.item import Catalogue, Collection, Item
from campaigns.plan.reading import Plan
from campaigns.ports.progress import Progress
from campaigns.ports.renderer import Renderer
from campaigns.ports.sender import Assemble
from campaigns.settings.campaign import CampaignSettings

_STEP = 500


def check(
    plan: Plan,
    renderer: Renderer,
    assemble: Assemble,
    catalogue: Catalogue,
    campaign: CampaignSettings,
    *,
    total: int,
    progress: Progress,
    network: Network | None = None,
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
        network: where links and pictures are to be asked for; nowhere where left out.
    """
    inspector = Inspector(catalogue, campaign, network)
    arms = Arms(campaign.experiment.experiment())
    if network is not None:
        _ask_for_all(catalogue, network, progress)
    tally = Tally()
    largest, largest_example, seen = 0, "", 0
    with progress.stage("Checking every message", total) as step:
        for row in plan.rows():
            seen += 1
            if seen % _STEP == 0:
                step(_STEP)
            try:
                message = renderer.render(row)
                size = len(assemble(message))
            except (TemplateError, MessageError) as error:
                sentence = str(error).replace(row.delivery_id, "…")
                tally.add(row.user_id, [Problem(Kind(NOT_RENDERED, Severity.ERROR, sentence), "")])
                continue
            arms.see(row)
            if size > largest:
                largest, largest_example = size, row.user_id
            tally.add(row.user_id, inspector.problems(row, message))
    findings = in_order([*tally.findings(inspector.gravity), *arms.findings(renderer, inspector.gravity)])
    return Checked(seen, findings, largest, largest_example, network.asked if network else 0)


def _ask_for_all(catalogue: Catalogue, network: Network, progress: Progress) -> None:
    shown: list[Item | Collection] = [*catalogue.items.values(), *catalogue.collections.values()]
    with progress.stage("Asking for links and pictures"):
        network.ask_all((one.url for one in shown), (one.image_url for one in shown))
