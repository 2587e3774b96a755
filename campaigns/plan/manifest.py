"""The manifest: all that a plan was made from, and what came of it, so that nobody needs to take it on trust."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

import xxhash

FORMAT = 1
Manifest = Mapping[str, object]
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input file as it was read.

    Attributes:
        name: relative to the workspace where it lies inside.
        size: bytes.
        xxh3_128: 128-bit XXH3 of its bytes, in hexadecimal. It tells whether a file changed, at the speed of
            reading it; it is no proof against somebody who wants to deceive.
    """

    name: str
    size: int
    xxh3_128: str


def fingerprint_file(path: Path, root: Path) -> InputFile:
    """What a file is known by."""
    digest, size = xxhash.xxh3_128(), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    name = path.relative_to(root) if path.is_relative_to(root) else path
    return InputFile(name.as_posix(), size, digest.hexdigest())


def hash_files(paths: Iterable[Path]) -> str:
    """SHA-256 over files' names and bytes, in the order given."""
    digest = sha256()
    for path in paths:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def fingerprint(parts: Mapping[str, object]) -> str:
    """SHA-256 of a mapping that JSON can hold, whatever the order of its keys."""
    return sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def plan_hash(manifest: Manifest) -> str:
    """The SHA-256 of the plan that a manifest speaks of, which the ledger enrolled."""
    return cast("dict[str, str]", manifest["plan"])["sha256"]


def planned(manifest: Manifest) -> int:
    """How many people the plan has."""
    return cast("dict[str, int]", manifest["plan"])["rows"]


def write_manifest(path: Path, manifest: Mapping[str, object]) -> None:
    """Write a manifest: sorted, indented, the same bytes for the same contents."""
    text = json.dumps(manifest, sort_keys=True, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
