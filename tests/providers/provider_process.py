"""A stand-in as a process of its own, as long as it is needed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SERVERS = Path(__file__).parent


@dataclass(slots=True)
class ProviderProcess:
    """One that runs.

    Attributes:
        port: where it is found on this machine.
        faults: how often it misbehaved by chance; known when it has ended.
    """

    port: int
    faults: int = 0


@contextmanager
def running(provider: str, *options: str) -> Iterator[ProviderProcess]:
    """Start it, and stop it afterwards.

    Args:
        provider: `smtp`, `ses` or `sendgrid`.
        options: as on its command line.
    """
    call = [sys.executable, str(_SERVERS / f"{provider}_server.py"), "--port=0", *options]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        running = ProviderProcess(int(process.stdout.readline()))
        try:
            yield running
        finally:
            process.terminate()
            running.faults = int(process.stdout.read() or 0)  # its last word
