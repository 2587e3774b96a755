"""One person's lines of a batch, found without parsing anybody else's."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recsource.batch import Batch


@dataclass(frozen=True, slots=True)
class Recommended:
    """What a batch recommends to one person.

    Attributes:
        lines: as the batch has them.
        scores: the recommender's own, by item; the first where an item is recommended twice.
    """

    lines: tuple[bytes, ...]
    scores: dict[str, float]

    def write(self, path: Path, batch: Batch) -> Batch:
        """A batch of these lines alone, as old as the one that they are from."""
        path.write_bytes(b"".join(line + b"\n" for line in self.lines or (b"{}",)))
        return Batch((path,), batch.written_at)


def recommended_to(batch: Batch, user_id: str) -> Recommended:
    """What a batch recommends to a person; a line that is no JSON is nobody's."""
    lines = tuple(line for file in batch.files for line in _lines(file, user_id))
    scores: dict[str, float] = {}
    for line in lines:
        output = json.loads(line).get("output") or {}
        for item, score in zip(output.get("recommendedItems") or (), output.get("scores") or (), strict=False):
            scores.setdefault(str(item), float(score))
    return Recommended(lines, scores)


def _lines(path: Path, user_id: str) -> Iterator[bytes]:
    """Looks for the id's bytes, whichever way JSON may write it, and believes only the line's own `userId`."""
    if not path.stat().st_size:
        return
    spellings = {json.dumps(user_id, ensure_ascii=ascii_only).encode() for ascii_only in (True, False)}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        starts = sorted({start for spelling in spellings for start in _starts(data, spelling)})
        for start in starts:
            line = data[start : _end(data, start)]
            if _whose(line) == user_id:
                yield line


def _starts(data: mmap.mmap, spelling: bytes) -> Iterator[int]:
    found = data.find(spelling)
    while found >= 0:
        yield data.rfind(b"\n", 0, found) + 1
        found = data.find(spelling, _end(data, found))


def _end(data: mmap.mmap, inside: int) -> int:
    end = data.find(b"\n", inside)
    return len(data) if end < 0 else end


def _whose(line: bytes) -> object:
    try:
        return json.loads(line)["input"]["userId"]
    except (ValueError, KeyError, TypeError):
        return None
