"""A whole edition on a made-up world: sample, plan, check, send, simulated responses, ingest, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import cast

from pydantic import SecretStr

from campaigns.demo.sample import CAMPAIGN, write_sample
from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ports.clock import FixedClock
from campaigns.ports.progress import Progress
from campaigns.settings.workspace import Secrets, read_workspace
from campaigns.wiring import reporting, sending, stages
from campaigns.wiring.trust import require_sound
from campaigns.wiring.workspace import Workspace

_KEY = "a demonstration signs its links with a key that is no secret"
_FRIDAY = 5
_CRON = range(8, 44, 6)
"""Hours after Friday evening at which the demonstration's cron sends what is due, all around the world."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a demonstration has to show: counts by stage, the report's verdict, and where to look."""

    rows: Sequence[tuple[str, str, int]]
    verdict: str
    places: Mapping[str, Path]


def demonstrate(folder: Path, *, users: int, seed: int, today: date, progress: Progress) -> Shown:
    """Run the latest edition whose weekend is over, from a sample world to its report.

    Raises:
        ConfigurationError: the folder is not empty, or an extra is not installed.
    """
    friday = _last_friday(today)
    written = write_sample(folder, users=users, weeks=12, seed=seed, until=friday, progress=progress)
    edition = Edition.on(CAMPAIGN, friday)
    start = datetime.combine(friday, time(20), UTC)
    before = _workspace(folder, start, progress)
    after = _workspace(folder, start + timedelta(days=11), progress)
    counts = cast("dict[str, int]", stages.plan_edition(before, edition)["counts"])
    checked = stages.check_edition(before, edition)
    require_sound(edition, checked)
    tally = Tally()
    for hours in _CRON:
        tally = sending.send_edition(_workspace(folder, start + timedelta(hours=hours), progress), edition).tally
    responses = _respond(after, edition, seed, progress)
    ingested = stages.ingest_files(after, responses)
    reported = reporting.report_edition(after, edition)
    rows = [
        *(("sample", name, n) for name, n in written.items()),
        ("plan", "considered", counts["considered"]),
        ("plan", "excluded", counts["considered"] - counts["planned"]),
        ("plan", "planned", counts["planned"]),
        ("check", "messages without a problem", checked.messages),
        *(
            ("send", state, getattr(tally, state))
            for state in ("accepted", "rejected", "uncertain", "cancelled", "waiting")
        ),
        ("ingest", "events", ingested.events_new),
        ("ingest", "events known already", ingested.events_known),
        ("ingest", "app interactions", ingested.interactions_new),
    ]
    places = {
        "Emails": before.outbox / edition.campaign / edition.name,
        "Plan": before.folder(edition).path,
        "Report": reported.html,
    }
    return Shown(rows, reported.report.verdicts[0].sentence, places)


def _last_friday(today: date) -> date:
    """The Friday before the latest weekend that is over."""
    monday = today - timedelta(days=today.isoweekday() - 1)
    return monday - timedelta(days=7 - _FRIDAY + 1)


def _workspace(folder: Path, now: datetime, progress: Progress) -> Workspace:
    root = folder.resolve()
    return Workspace(root, read_workspace(root), Secrets(secret_key=SecretStr(_KEY)), FixedClock(now), progress)


def _respond(workspace: Workspace, edition: Edition, seed: int, progress: Progress) -> list[Path]:
    """Files of simulated events and completions, plainly named so."""
    from recsource.sample import simulate_response  # noqa: PLC0415 - needs the optional extra

    events, interactions = (workspace.root / "simulated" / f"{what}.jsonl" for what in ("events", "interactions"))
    events.parent.mkdir(exist_ok=True)
    with progress.stage("Simulating responses"):
        simulate_response(
            workspace.folder(edition).plan, workspace.root, seed=seed, events=events, interactions=interactions
        )
    return [events, interactions]
