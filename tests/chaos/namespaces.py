"""Hosts on one machine: network namespaces, each with a cable of its own to the one where servers run.

They exist on Linux alone, and making them takes root and `ip` (the Debian package `iproute2`).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CLONE_NEWNET: Final = 0x40000000  # setns(2)
_RUN: Final = Path("/run/netns")


def why_not() -> str:
    """Why none can be made here; nothing where they can."""
    if os.geteuid() != 0:
        return "network namespaces are root's to make"
    if shutil.which("ip") is None:
        return "`ip` is not installed; `apt-get install iproute2` brings it"
    tried = subprocess.run(["ip", "netns", "add", _name("try")], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"network namespaces cannot be made: {tried.stderr.strip()}"
    _ip("netns", "delete", _name("try"))
    return ""


@dataclass(frozen=True, slots=True)
class Cable:
    """What leads from the servers' namespace to a host's.

    Attributes:
        host: the host's namespace.
        server: the address at which the host finds the servers.
    """

    number: int
    host: str
    server: str

    def cut(self) -> None:
        """Nothing gets through any more, in neither direction, and nobody is told."""
        _ip("-n", _name("hub"), "link", "set", f"cable{self.number}", "down")

    def mend(self) -> None:
        """As before."""
        _ip("-n", _name("hub"), "link", "set", f"cable{self.number}", "up")


@contextmanager
def cables(count: int) -> Iterator[list[Cable]]:
    """A hub, and so many hosts that each have a cable to it."""
    with ExitStack() as stack:
        stack.enter_context(_namespace(_name("hub")))
        yield [stack.enter_context(_laid(number)) for number in range(count)]


def inside_hub() -> _Inside:
    """Where the servers run."""
    return _Inside(_name("hub"))


def inside(cable: Cable) -> _Inside:
    """On that host."""
    return _Inside(cable.host)


@dataclass(slots=True)
class _Inside:
    """Whatever this thread starts or opens, as long as this is entered, is in a namespace."""

    name: str
    _before: int = -1

    def __enter__(self) -> None:
        self._before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(_RUN / self.name, os.O_RDONLY)
        _enter(there)
        os.close(there)

    def __exit__(self, *exc: object) -> None:
        _enter(self._before)
        os.close(self._before)


@contextmanager
def _laid(number: int) -> Iterator[Cable]:
    hub, host, here, there = _name("hub"), _name(f"host{number}"), f"cable{number}", "eth0"
    cable = Cable(number, host, f"10.77.{number}.1")
    with _namespace(host):
        _ip("-n", hub, "link", "add", here, "type", "veth", "peer", "name", there, "netns", host)
        for where, device, address in ((hub, here, cable.server), (host, there, f"10.77.{number}.2")):
            _ip("-n", where, "address", "add", f"{address}/24", "dev", device)
            _ip("-n", where, "link", "set", device, "up")
        yield cable


@contextmanager
def _namespace(name: str) -> Iterator[None]:
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        _ip("netns", "delete", name)


def _name(what: str) -> str:
    return f"winddown-{os.getpid()}-{what}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
