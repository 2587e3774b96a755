"""Providers, each a process of its own, that record all that they take over, and misbehave as often as asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SENDERS: Final = ("smtp", "ses", "sendgrid")

_SERVERS = Path(__file__).parent.parent / "providers"
_PATIENCE_S = "0.6"  # less than a second for those that never answer, and more than the slowest answer takes
_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {"smtp": ("--silences",), "ses": ("--parse",), "sendgrid": ()}
_SETTINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "smtp": {
        "WINDDOWN_SENDER__SMTP__HOST": "127.0.0.1",
        "WINDDOWN_SENDER__SMTP__PORT": "{port}",
        "WINDDOWN_SENDER__SMTP__SECURITY": "none",
        "WINDDOWN_SENDER__SMTP__TIMEOUT_S": _PATIENCE_S,
        "WINDDOWN_SENDER__SMTP__FINAL_TIMEOUT_S": _PATIENCE_S,
        "WINDDOWN_SENDER__SMTP__CONNECTIONS": "2",
    },
    "ses": {
        "WINDDOWN_SENDER__SES__ENDPOINT_URL": "http://127.0.0.1:{port}",
        "WINDDOWN_SENDER__SES__CONFIGURATION_SET": "weekly",
        "WINDDOWN_SENDER__SES__READ_TIMEOUT_S": _PATIENCE_S,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not a real one",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    },
    "sendgrid": {
        "WINDDOWN_SENDER__SENDGRID__HOST": "http://127.0.0.1:{port}",
        "WINDDOWN_SENDER__SENDGRID__TIMEOUT_S": _PATIENCE_S,
        "WINDDOWN_SENDER__SENDGRID__BATCH_SIZE": "40",  # so that an edition of hundreds takes many requests
        "WINDDOWN_SENDGRID_API_KEY": "SG.fake-key.for-tests",
    },
}


@dataclass(slots=True)
class BadProvider:
    """A provider that runs.

    Attributes:
        settings: by which a sender finds it.
        faults: how often it misbehaved; known when it has ended.
    """

    settings: Mapping[str, str]
    faults: int = 0


@contextmanager
def serving(sender: str, record: Path, faults: float, seed: int) -> Iterator[BadProvider]:
    """A provider for a while.

    Args:
        sender: one of `SENDERS`.
        record: gets a line for every message that it takes over.
        faults: the share of messages or requests that something goes wrong with.
        seed: decides which, and what.
    """
    call = [sys.executable, str(_SERVERS / f"{sender}_server.py"), "--port=0", f"--record={record}"]
    call += [f"--faults={faults}", f"--seed={seed}", *_OPTIONS[sender]]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            settings = {name: value.format(port=port) for name, value in _SETTINGS[sender].items()}
            provider = BadProvider(settings | {"WINDDOWN_SENDER__PROVIDER": sender})
            yield provider
        finally:
            process.terminate()
            provider.faults = int(process.stdout.read() or 0)
