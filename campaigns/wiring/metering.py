"""Metrics, as `[metrics]` in `winddown.toml` wants them; nothing of Prometheus is imported where it wants none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from campaigns.ground.errors import ConfigurationError
from campaigns.ports.meter import Meter, Unmetered
from campaigns.runs.folder import RunsFolder
from campaigns.settings.operating import MetricsSettings
from campaigns.wiring.extras import needed_for
from campaigns.wiring.workspace import Workspace, host_name

_LOG = logging.getLogger(__name__)


@contextmanager
def metered(settings: MetricsSettings) -> Iterator[Meter]:
    """Let Prometheus ask while inside, where a port is set.

    Raises:
        ConfigurationError: the extra is not installed, or nothing can listen there.
    """
    if settings.port is None:
        yield Unmetered()
        return
    with needed_for("`port` under [metrics]", "metrics"):
        from prometheus_client import start_http_server  # noqa: PLC0415 - an extra

        from campaigns.metrics.meter import PrometheusMeter  # noqa: PLC0415
    meter = PrometheusMeter()
    try:
        server, thread = start_http_server(settings.port, settings.host, meter.registry)
    except OSError as error:
        raise ConfigurationError(
            f"metrics: cannot listen on {settings.host} port {settings.port}: {error.strerror or error}; choose "
            "another with --metrics-port, or `host` and `port` under [metrics]"
        ) from error
    try:
        yield meter
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def leave_textfile(workspace: Workspace) -> None:
    """Leave what node_exporter reads, where a file is set; that it cannot be is no reason to fail."""
    settings = workspace.settings
    if not settings.metrics.textfile:
        return
    try:
        from campaigns.metrics.textfile import write_textfile  # noqa: PLC0415 - an extra

        records = RunsFolder(workspace.root / settings.runs.folder, host_name()).records()
        write_textfile(workspace.root / settings.metrics.textfile, records)
    except ImportError:
        _LOG.warning("`textfile` under [metrics]: what it needs is not installed: install winddown[metrics]")
    except OSError as error:
        _LOG.warning("`textfile` under [metrics] cannot be written: %s", error.strerror)
