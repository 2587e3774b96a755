"""Providers, each a process of its own, that record all that they take over, and misbehave as often as asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provider_process import ProviderProcess, running

SENDERS: Final = ("smtp", "ses", "sendgrid")

_PATIENCE_S = "2"  # more than the slowest answer takes on a busy machine: who gives up earlier has no cause to
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


@dataclass(frozen=True, slots=True)
class BadProvider:
    """A provider that runs.

    Attributes:
        process: where it runs, and how often it misbehaved.
        settings: by which a sender finds it.
    """

    process: ProviderProcess
    settings: Mapping[str, str]


@contextmanager
def serving(
    sender: str, record: Path, attempts: Path, faults: float, seed: int, host: str = ""
) -> Iterator[BadProvider]:
    """A provider for a while.

    Args:
        sender: one of `SENDERS`.
        record: gets a line for every message that it takes over.
        attempts: gets a line for every message that it is handed; see `provider_record`.
        faults: the share of messages or requests that something goes wrong with.
        seed: decides which, and what.
        host: the address that it serves at, where others than this machine are to find it.
    """
    at = (f"--host={host}",) if host else ()
    files = f"--record={record}", f"--attempts={attempts}"
    with running(sender, *files, f"--faults={faults}", f"--seed={seed}", *_OPTIONS[sender], *at) as process:
        settings = {name: value.format(port=process.port) for name, value in _SETTINGS[sender].items()}
        yield BadProvider(process, settings | {"WINDDOWN_SENDER__PROVIDER": sender})
