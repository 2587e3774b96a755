"""The studio: a workspace's edition on pages of its own, until told to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from campaigns.ground.edition import Edition
from campaigns.ports.progress import Progress
from campaigns.rendering.mime import assemble
from campaigns.wiring.approving import approve_edition
from campaigns.wiring.extras import needed_for
from campaigns.wiring.readiness import send_test
from campaigns.wiring.stages import check_edition, plan_edition
from campaigns.wiring.workspace import Workspace
from recsource.engine import Engine

if TYPE_CHECKING:
    from campaigns.studio.export import Exported
    from campaigns.studio.workshop import Workshop


def preview_edition(
    workspace: Workspace, edition: Edition, *, host: str | None, port: int | None, say: Callable[[str], None]
) -> None:
    """Serve the studio until told to stop.

    Args:
        workspace: whose.
        edition: which.
        host: where it listens; as `winddown.toml` says where left out, as `port`.
        port: 0 for any that is free.
        say: told the address to open.

    Raises:
        ConfigurationError: an extra is not installed, there is no such campaign, or nothing can listen there.
    """
    with needed_for("preview", "studio"):
        from campaigns.http.server import listen, server_of  # noqa: PLC0415 - an extra
        from campaigns.studio.admission import TOKEN, Door, is_loopback, names_of  # noqa: PLC0415
        from campaigns.studio.app import build_studio  # noqa: PLC0415
        from campaigns.studio.desk import Desk  # noqa: PLC0415
    settings = workspace.settings.studio
    workspace.campaign(edition.campaign)
    chosen = host or settings.host
    ours = workspace.secrets.studio_token.get_secret_value()
    token = ours or ("" if is_loopback(chosen) else token_urlsafe(24))
    door = Door(names_of(chosen, settings.hosts), csrf=token_urlsafe(24), token=token)
    desk = Desk(workshop_of(workspace, edition))
    with listen(chosen, settings.port if port is None else port) as listening:
        address = f"http://{f'[{chosen}]' if ':' in chosen else chosen}:{listening.getsockname()[1]}/"
        say(f"{edition}: the studio is at {address}{f'?{TOKEN}={token}' if token else ''} (Ctrl-C ends it)")
        try:
            server = server_of(build_studio(desk, door), most_connections=100, journal=_grave(say))
            server.run(sockets=[listening])
        finally:
            desk.close()


def export_edition(workspace: Workspace, edition: Edition, folder: Path) -> Exported:
    """Write the studio's gallery as files.

    Raises:
        ConfigurationError: an extra is not installed, the edition is not planned, or the folder is not empty.
        TemplateError: the templates do not compile.
    """
    with needed_for("preview --static", "studio"):
        from campaigns.studio.chromium import chromium  # noqa: PLC0415 - an extra
        from campaigns.studio.desk import Desk  # noqa: PLC0415
        from campaigns.studio.export import export_gallery  # noqa: PLC0415
    desk = Desk(workshop_of(workspace, edition))
    try:
        with chromium() as photographer:
            return export_gallery(desk, folder, photographer)
    finally:
        desk.close()


def _grave(say: Callable[[str], None]) -> Callable[[Mapping[str, object]], None]:
    """A journal of faults alone: one person uses the studio, and sees the rest."""
    return lambda line: say(str(line["message"])) if line["level"] == "error" else None


def workshop_of(workspace: Workspace, edition: Edition) -> Workshop:
    """A workspace's parts, as the studio works with them."""
    from campaigns.studio.workshop import Workshop  # noqa: PLC0415 - an extra

    engine = workspace.settings.engine

    def watched(progress: Progress) -> Workspace:
        return replace(workspace, progress=progress)

    return Workshop(
        root=workspace.root,
        settings=workspace.settings,
        edition=edition,
        templates=workspace.campaign_folder(edition.campaign).parent,
        clock=workspace.clock,
        open_engine=lambda: Engine(memory_limit=engine.memory_limit, threads=engine.threads),
        read_campaign=lambda: workspace.campaign(edition.campaign),
        compile=lambda one, catalogue: workspace.renderer(one, workspace.campaign(one.campaign), catalogue),
        assemble=assemble,
        plan=lambda progress: plan_edition(watched(progress), edition),
        check=lambda progress, ask: check_edition(watched(progress), edition, ask=ask),
        approve=lambda name, seen: approve_edition(workspace, edition, name, seen),
        send_test=lambda user_id, address: send_test(workspace, edition, user_id, address),
    )
