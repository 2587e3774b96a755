"""Killing the pipeline after its n-th call to the outside: to Personalize, or to the storage."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

from recsource.ports import Storage, Stored


class Killed(BaseException):
    """The process ends here: what it asked for was done, and it never learns of it.

    No error, so that nothing which handles errors survives it.
    """


@dataclass
class Killer:
    """Counts calls, and kills after one of them.

    Attributes:
        at: the call after which it kills; 0 for none.
        calls: how many there were.
    """

    at: int = 0
    calls: int = 0

    def strike(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            raise Killed

    def watch_clients(self, patch: pytest.MonkeyPatch) -> None:
        """Count every request of boto3's clients, but those of the fake's own thread."""
        original, mine = BaseClient._make_api_call, threading.get_ident()  # type: ignore[attr-defined]

        def call(client: BaseClient, *arguments: Any) -> Any:
            answer = original(client, *arguments)
            if threading.get_ident() == mine:
                self.strike()
            return answer

        patch.setattr(BaseClient, "_make_api_call", call)


@dataclass
class KillableStorage:
    """A storage whose every call counts."""

    storage: Storage
    killer: Killer

    @property
    def url(self) -> str:
        return self.storage.url

    def put(self, path: Path, key: str) -> None:
        self.storage.put(path, key)
        self.killer.strike()

    def get(self, key: str, path: Path) -> None:
        self.storage.get(key, path)
        self.killer.strike()

    def write(self, key: str, text: str) -> None:
        self.storage.write(key, text)
        self.killer.strike()

    def read(self, key: str) -> str | None:
        text = self.storage.read(key)
        self.killer.strike()
        return text

    def keys(self, prefix: str) -> Sequence[str]:
        keys = self.storage.keys(prefix)
        self.killer.strike()
        return keys

    def files(self, prefix: str) -> Sequence[Stored]:
        files = self.storage.files(prefix)
        self.killer.strike()
        return files

    def delete(self, keys: Iterable[str]) -> None:
        """One by one, so that a death may leave some of them."""
        for key in list(keys):
            self.storage.delete([key])
            self.killer.strike()
