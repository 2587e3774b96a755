"""A batch recommendation file in Amazon Personalize's output format.

Format: https://docs.aws.amazon.com/personalize/latest/dg/batch-inference-job-output-examples.html.
Ids and scores are of fixed widths, so that lines lie in a matrix of bytes and a block of them is written at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from recsource.sample.catalogue import Catalogue
from recsource.sample.listening import Listening
from recsource.sample.people import People
from recsource.sample.scoring import Indices, learn, rank
from recsource.sample.tastes import Ints
from recsource.sample.world import DAY, World

MOST = 500  # items a line: the most that Personalize returns
ERRORS_PER_MILLE = 4  # of lines
LARGE = 1000  # lines; a batch of so many also has some that should not be there
TRAINED_DAYS_AGO = 2  # who signed up since is unknown to the model
CHECK = "The data of this batch are complete.\n"
_BLOCK = 2048  # people at a time
_PROBLEM = "InternalServerException: the recommendations for this user could not be computed"

Bytes: TypeAlias = npt.NDArray[np.uint8]


def write_recommendations(
    world: World,
    people: People,
    catalogue: Catalogue,
    listening: Listening,
    folder: Path,
    progress: Callable[[int], None],
) -> int:
    """Write the batch's output and its `_CHECK`, and say how many lines it has.

    The output's file time is the end of the world's data: a batch's age is told by it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = learn(world, people, catalogue, listening)
    known = np.flatnonzero(people.signed_up < world.end - TRAINED_DAYS_AGO * DAY)
    failed = _failed(world, len(known))
    layout = _Layout.of(catalogue, people)
    path = folder / f"batch-{world.until}.json.out"
    with path.open("wb") as file:
        for first in range(0, len(known), _BLOCK):
            block = slice(first, first + _BLOCK)
            lines = layout.lines(known[block], *rank(model, known[block], layout.size))
            _write(file, lines, {int(at): layout.error(known[first + at]) for at in np.flatnonzero(failed[block])})
            progress(int(known[block][-1]) + 1)
        spoilt = layout.spoilt(known[0]) if len(known) >= LARGE else []
        file.writelines(spoilt)
    (folder / "_CHECK").write_text(CHECK, encoding="utf-8")
    os.utime(path, (world.end, world.end))
    return len(known) + len(spoilt)


def _failed(world: World, lines: int) -> npt.NDArray[np.bool_]:
    order = world.stream("failed lines").permutation(lines)
    return order < lines * ERRORS_PER_MILLE // 1000


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the bytes of a line go, and the bytes of every id.

    Attributes:
        size: Items a line.
        template: The bytes that every line shares, as one row.
        user_ids: One row of bytes a user id.
        tokens: Each item id with its quotes and comma.
        id_at, items_at, scores_at: Where ids, items and scores lie within a line.
    """

    size: int
    template: Bytes
    user_ids: Bytes
    tokens: npt.NDArray[np.bytes_]
    id_at: slice
    items_at: slice
    scores_at: slice

    @classmethod
    def of(cls, catalogue: Catalogue, people: People) -> _Layout:
        """The layout for these items and people."""
        size = min(MOST, catalogue.available)
        user_ids = np.array(people.table["user_id"].to_pylist(), dtype=np.bytes_)
        tokens = np.array([f'"{item_id}",' for item_id in catalogue.item_ids()], dtype=np.bytes_)
        parts = [
            b'{"input":{"userId":"',
            b"0" * user_ids.itemsize,
            b'"},"output":{"recommendedItems":[',
            b" " * (size * tokens.itemsize - 1),
            b'],"scores":[',
            b" " * (size * len(_SCORE) - 1),
            b']},"error":null}\n',
        ]
        at = np.cumsum([len(part) for part in parts]).tolist()
        return cls(
            size=size,
            template=np.frombuffer(b"".join(parts), dtype=np.uint8),
            user_ids=_as_bytes(user_ids),
            tokens=tokens,
            id_at=slice(at[0], at[1]),
            items_at=slice(at[2], at[3]),
            scores_at=slice(at[4], at[5]),
        )

    def lines(self, people: Ints, ranked: Indices, scores: Ints) -> Bytes:
        """The lines of some people, one a row; the last item and score go without their comma."""
        rows = np.tile(self.template, (len(people), 1))
        rows[:, self.id_at] = self.user_ids[people]
        rows[:, self.items_at] = _as_bytes(self.tokens[ranked])[:, :-1]
        rows[:, self.scores_at] = _printed(scores)[:, :-1]
        return rows

    def error(self, person: int) -> bytes:
        """The line of somebody whose recommendations failed: without output, or with an output of no items."""
        user_id = self.user_ids[person].tobytes().decode()
        output: dict[str, list[str]] | None = None if person % 2 else {"recommendedItems": []}
        line = {"input": {"userId": user_id}, "output": output, "error": _PROBLEM}
        return json.dumps(line, separators=(",", ":")).encode() + b"\n"

    def spoilt(self, person: int) -> list[bytes]:
        """Lines as real batches have them now and then: empty, of nobody, of somebody again, cut off at the end.

        The last but one also names an item that the catalogue does not have.
        """
        user_id = self.user_ids[person].tobytes().decode()
        item_id = self.tokens[0].decode().strip('",')
        outputs = {"nobody": [item_id], f"{user_id[:-1]}x": [item_id], user_id: [item_id, "item-withdrawn"]}
        lines = [_line(name, items) for name, items in outputs.items()]
        return [_line(user_id, []), *lines, lines[-1][:-40]]


def _line(user_id: str, items: list[str]) -> bytes:
    output = {"recommendedItems": items, "scores": [0.001] * len(items)}
    line = {"input": {"userId": user_id}, "output": output, "error": None}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


_SCORE = b"0.000000000,"
_THOUSAND = np.array([f"{number:03d}" for number in range(1000)], dtype="S3")


def _printed(billionths: Ints) -> Bytes:
    """Scores below one as text of nine decimals and a comma, three digits at a time; people by bytes."""
    printed = np.empty(billionths.shape, dtype=[("0.", "S2"), ("a", "S3"), ("b", "S3"), ("c", "S3"), (",", "S1")])
    thousandths, rest = np.divmod(billionths, 10**6)
    printed["0."], printed[","] = b"0.", b","
    printed["a"], printed["b"], printed["c"] = (
        _THOUSAND[thousandths],
        _THOUSAND[rest // 1000],
        _THOUSAND[rest % 1000],
    )
    return _as_bytes(printed)


def _as_bytes(rows: npt.NDArray[np.generic]) -> Bytes:
    return rows.view(np.uint8).reshape(len(rows), -1)


def _write(file: BinaryIO, lines: Bytes, errors: dict[int, bytes]) -> None:
    """Write lines, those at some places replaced by error lines."""
    start = 0
    for at, error in errors.items():
        file.write(lines[start:at].data)
        file.write(error)
        start = at + 1
    file.write(lines[start:].data)
