"""The doctor: looks at everything that a weekend's send will need, and says what to do about what is not well.

Each examination is of one part and knows nothing of the others, so that one fault does not hide the next.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from campaigns.ground.edition import Edition
from campaigns.plan.inputs import find_inputs
from campaigns.ports.clock import Clock, system_clock
from campaigns.settings.workspace import require_secret_keys
from campaigns.wiring.failing import FORESEEN, sentence_of
from campaigns.wiring.workspace import Workspace

_SKEW = timedelta(seconds=5)
"""Leases last longer; messages that fall due so much early or late do no harm."""
_DISK = 2 << 30
_MEMORY = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class Health(StrEnum):
    """How a part is."""

    WELL = "well"
    DOUBTFUL = "doubtful"
    """It works, and may not when it is needed."""
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How a part is, and what to do about it where it is not well."""

    part: str
    health: Health
    sentence: str


Signs = Iterator[tuple[Health, str]]
Look = Callable[[Workspace, Clock], Signs]


def examine(workspace: Workspace, real: Clock = system_clock) -> list[Diagnosis]:
    """Look at every part of a workspace whose settings can be read; nothing is sent.

    Args:
        workspace: whose; its clock may be held still.
        real: what time it is on this machine.
    """
    return [
        Diagnosis(part, health, sentence)
        for part, look in _EXAMINATIONS.items()
        for health, sentence in _tell(look, workspace, real)
    ]


def _tell(look: Look, workspace: Workspace, real: Clock) -> Signs:
    try:
        yield from look(workspace, real)
    except FORESEEN as failure:
        yield Health.ILL, sentence_of(failure)


def _campaigns(workspace: Workspace, _: Clock) -> Signs:
    """Settings and templates of each, compiled for every language and variant."""
    folders = sorted((workspace.root / workspace.settings.templates).glob("*/campaign.toml"))
    if not folders:
        yield (
            Health.ILL,
            f"no campaign lies in {workspace.settings.templates}; put one there, or correct `templates`",
        )
    for name in (path.parent.name for path in folders):
        try:
            edition = Edition.on(name, workspace.clock().date())
            workspace.template_hash(edition, workspace.campaign(name))
        except FORESEEN as failure:
            yield Health.ILL, sentence_of(failure)
        else:
            yield Health.WELL, f"{name}: settings and templates are sound"


def _secrets(workspace: Workspace, _: Clock) -> Signs:
    require_secret_keys(workspace.secrets)
    yield Health.WELL, "links can be signed"


def _data(workspace: Workspace, _: Clock) -> Signs:
    inputs = find_inputs(workspace.settings.data, workspace.root)
    files = sum(len(source.files) for source in inputs.sources.values())
    yield Health.WELL, f"{files} files of {len(inputs.sources)} tables"
    age = max(workspace.clock() - inputs.batch.written_at, timedelta())
    health = Health.WELL if age <= timedelta(days=7) else Health.DOUBTFUL
    advice = "" if health is Health.WELL else "; infer a new one (winddown recs run)"
    yield health, f"the batch of recommendations is {age / timedelta(days=1):.1f} days old{advice}"


def _engine(workspace: Workspace, _: Clock) -> Signs:
    limit = workspace.settings.engine.memory_limit
    with workspace.engine() as engine:
        (version,) = engine.row("SELECT version()")
        engine.row("SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' AT TIME ZONE 'Pacific/Auckland'")
    unit = limit.lstrip("0123456789. ")
    wanted, there = float(limit.removesuffix(unit)) * _MEMORY[unit], _available_memory()
    if there and wanted > there:
        yield (
            Health.DOUBTFUL,
            f"`memory_limit` is {limit}, and the machine has {there / 10**9:.1f} GB left; lower it, or free some",
        )
    yield Health.WELL, f"DuckDB {version}, with {limit}"


def _disk(workspace: Workspace, _: Clock) -> Signs:
    for what, folder in (("the workspace", workspace.root), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free
        sentence = f"{free / 10**9:.1f} GB free for {what}"
        if free < _DISK:
            yield Health.DOUBTFUL, f"{sentence}; large plans spill to disk, and the ledger grows: free some"
        else:
            yield Health.WELL, sentence


def _ledger(workspace: Workspace, real: Clock) -> Signs:
    url = workspace.settings.ledger.url.get_secret_value()
    with workspace.ledger() as ledger:
        yield Health.WELL, f"it opens ({url.partition(':')[0]})"
        yield from _clock(ledger.now() - real(), "the ledger's clock")


def _files_clock(workspace: Workspace, real: Clock) -> Signs:
    """Shared folders have clocks of their own, and a batch's age is its file's."""
    with tempfile.NamedTemporaryFile(dir=workspace.root, prefix=".doctor-") as file:
        written = datetime.fromtimestamp(Path(file.name).stat().st_mtime, UTC)
    yield from _clock(written - real(), "the workspace's disk's clock")


def _clock(ahead: timedelta, whose: str) -> Signs:
    seconds = ahead / timedelta(seconds=1)
    if abs(ahead) > _SKEW:
        yield Health.ILL, f"{whose} is {seconds:+.0f} s off this machine's; let both keep time (NTP)"
    else:
        yield Health.WELL, f"{whose} agrees with this machine's"


def _zones(_: Workspace, __: Clock) -> Signs:
    """An old copy lacks the zones that people have moved to since."""
    for name in ("Europe/Kyiv", "America/Ciudad_Juarez"):  # new in 2022b and 2022g
        try:
            ZoneInfo(name)
        except KeyError:
            fault = f"{name} is not known, so that people there are sent to by the campaign's own zone"
            yield Health.DOUBTFUL, f"{fault}; upgrade the package tzdata, or the system's"
            return
    yield Health.WELL, "time zones are of 2022 or newer"


def _provider(workspace: Workspace, _: Clock) -> Signs:
    provider = workspace.settings.sender.provider
    edition = Edition.on("doctor", workspace.clock().date())
    with workspace.sender(edition) as sender:
        for warning in sender.preflight(1):
            yield Health.DOUBTFUL, f"{provider}: {warning}"
    if provider in {"outbox", "null"}:
        yield Health.DOUBTFUL, f"{provider}: nothing leaves this machine; set `provider` under [sender]"
    else:
        yield Health.WELL, f"{provider} is ready"


def _available_memory() -> int:
    """Bytes, or 0 where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), 0)


_EXAMINATIONS: dict[str, Look] = {
    "campaigns": _campaigns,
    "secrets": _secrets,
    "data": _data,
    "engine": _engine,
    "disk": _disk,
    "clock": _files_clock,
    "time zones": _zones,
    "ledger": _ledger,
    "provider": _provider,
}
