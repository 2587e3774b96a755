"""Processes, and whether one still lives."""

from __future__ import annotations

import os
from pathlib import Path

from campaigns.runs.record import Process

_BEGAN = 19
"""proc(5), /proc/pid/stat: `starttime` is the 22nd field, the 20th after the name in brackets."""


def this_process(host: str) -> Process:
    """The one that asks."""
    return Process(host, os.getpid(), _began(os.getpid()))


def is_gone(process: Process, host: str) -> bool:
    """Whether a process of this host is no more; of another host's nobody here knows."""
    if process.host != host:
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it lives, and is another user's
        pass
    return _began(process.pid) != process.began


def _began(pid: int) -> str:
    """Clock ticks since the system's start; empty where the system has no such file."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[_BEGAN]
