"""A planned and checked edition of a made-up world, and the ways in which benchmarks send it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from campaigns.dispatch.dispatcher import Dispatcher
from campaigns.ground.delivery import Tally
from campaigns.ground.edition import Edition
from campaigns.ground.message import Message
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from campaigns.ports.clock import FixedClock
from campaigns.ports.progress import Silent
from campaigns.settings.workspace import Secrets, read_workspace
from campaigns.wiring import stages
from campaigns.wiring.crew import Crew
from campaigns.wiring.ordering import order_for
from campaigns.wiring.workspace import Workspace

FRIDAY = date(2026, 11, 20)
SENT_AT = datetime(2026, 11, 22, 6, tzinfo=UTC)
"""By then it is due everywhere."""
EDITION = Edition.on("weekly_winddown", FRIDAY)
KEY = "a benchmark's key, known to all"
PROVIDERS = Path(__file__).parent.parent / "tests" / "providers"


def sample_world(root: Path, users: int, slots: int = 6) -> None:
    """Write a world whose edition this is, with so many picks in an email."""
    winddown = Path(sys.executable).with_name("winddown")
    call = [winddown, "sample", root, "--users", str(users), "--until", FRIDAY.isoformat()]
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    settings = root / "winddown.toml"
    ours = settings.read_text().replace("hello@mail.winddown.example", "hello@example.org")
    settings.write_text(ours)  # the address that providers' stand-ins call verified
    campaign = root / "templates" / EDITION.campaign / "campaign.toml"
    campaign.write_text(campaign.read_text().replace("slots = 6", f"slots = {slots}"))


def workspace_of(root: Path, sender: dict[str, Any] | None = None) -> Workspace:
    """The world's workspace, with other sender settings than its file has."""
    settings = read_workspace(root)
    if sender:
        changed = type(settings.sender).model_validate({**settings.sender.model_dump(), **sender})
        settings = settings.model_copy(update={"sender": changed})
    secrets = Secrets(secret_key=SecretStr(KEY), sendgrid_api_key=SecretStr("SG.benchmark"))
    return Workspace(root, settings, secrets, FixedClock(SENT_AT), Silent())


def plan_anew(workspace: Workspace) -> None:
    """Plan the edition into a ledger in which nothing has been sent, and check it."""
    for stale in workspace.root.glob("ledger.sqlite*"):
        stale.unlink()
    stages.plan_edition(workspace, EDITION)
    if not workspace.folder(EDITION).checked.exists():
        assert stages.check_edition(workspace, EDITION).sound


def send(workspace: Workspace, ledger_seen_by: Any = None, workers: int = 1) -> tuple[float, Tally]:
    """Send what is due, a single worker in this process; the seconds that took.

    On the way workers start, templates are compiled and the provider is looked at. Planning and checking are done.
    """
    campaign, folder = workspace.campaign(EDITION.campaign), workspace.folder(EDITION)
    order, host = order_for(workspace, campaign, folder.require_manifest()), "benchmark"
    order = replace(order, guards=replace(order.guards, max_total=None))
    sender = workspace.sender(EDITION)
    with workspace.ledger() as opened:
        ledger = ledger_seen_by(opened) if ledger_seen_by else opened
        crew = Crew(workspace, EDITION, order, ledger, sender, host, workers, lambda: False)
        start = time.perf_counter()
        sent = Dispatcher(EDITION, sender, ledger, order, workspace.clock, Silent(), host, crew).run()
        return time.perf_counter() - start, sent.tally


@contextmanager
def rendering(workspace: Workspace) -> Iterator[Iterator[Message]]:
    """The edition's messages, rendered one after the other."""
    folder = workspace.folder(EDITION)
    with workspace.engine() as engine:
        campaign = workspace.campaign(EDITION.campaign)
        renderer = workspace.renderer(EDITION, campaign, read_catalogue(engine, folder))
        yield map(renderer.render, Plan(engine, folder.plan).rows())


@contextmanager
def provider(script: str, *arguments: str) -> Iterator[int]:
    """A provider's stand-in in a process of its own; its port."""
    call = [sys.executable, str(PROVIDERS / script), "--port", "0", *arguments]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline().split()[-1])
        finally:
            process.terminate()
            process.communicate()  # its last word
