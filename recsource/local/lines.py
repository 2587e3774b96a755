"""Lines as Amazon Personalize's batch inference writes them, a block of users at a time.

Format: https://docs.aws.amazon.com/personalize/latest/dg/batch-inference-job-output-examples.html.

Every part of a line has a fixed place in a matrix of bytes, and what it does not fill is left as zero bytes.
Those are
then taken out: JSON has none, for a zero character is escaped in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from recsource.local.arrays import Longs, Texts
from recsource.local.ranking import NOBODY, Ranked

Bytes = npt.NDArray[np.uint8]

_START, _ITEMS, _SCORES, _END = (
    b'{"input":{"userId":',
    b'},"output":{"recommendedItems":[',
    b'],"scores":[',
    b']},"error":null}\n',
)
_THOUSAND = np.array([f"{number:03d}" for number in range(1000)], dtype="S3")
_CELLS = 1 << 25  # bytes of one matrix, about


class Lines:
    """Makes lines about some items.

    Args:
        item_ids: in the order of their indices.
    """

    def __init__(self, item_ids: Texts) -> None:
        # The last token, which NOBODY's index finds, is nothing.
        self._tokens = np.array([*(b"," + _quoted(item_id) for item_id in item_ids), b""], dtype=np.bytes_)

    def write(self, user_ids: Texts, ranked: Ranked) -> Iterable[bytes]:
        """The lines of some users, in pieces that are small enough to hold."""
        width = max(1, ranked.items.shape[1] * (self._tokens.itemsize + _SCORE.itemsize))
        step = max(1, _CELLS // width)
        for first in range(0, len(user_ids), step):
            some = slice(first, first + step)
            yield self._lines(user_ids[some], Ranked(ranked.items[some], ranked.scores[some]))

    def _lines(self, user_ids: Texts, ranked: Ranked) -> bytes:
        parts = (
            _repeated(_START, len(user_ids)),
            _bytes_of(np.array([_quoted(user_id) for user_id in user_ids], dtype=np.bytes_)[:, None]),
            _repeated(_ITEMS, len(user_ids)),
            _without_first_comma(_bytes_of(self._tokens[ranked.items])),
            _repeated(_SCORES, len(user_ids)),
            _without_first_comma(_printed(ranked.scores, there=ranked.items != NOBODY)),
            _repeated(_END, len(user_ids)),
        )
        return np.hstack(parts).tobytes().translate(None, b"\0")


def _quoted(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False).encode()


_SCORE = np.dtype([("0.", "S3"), ("a", "S3"), ("b", "S3"), ("c", "S3")])


def _printed(billionths: Longs, *, there: npt.NDArray[np.bool_]) -> Bytes:
    """A comma and a score below one of nine decimals, three digits at a time; nothing where there is none."""
    printed = np.zeros(billionths.shape, dtype=_SCORE)
    thousandths, rest = np.divmod(billionths.astype(np.int32), 10**6)
    millionths, last = np.divmod(rest, 1000)
    printed["0."] = b",0."
    for name, digits in zip("abc", (thousandths, millionths, last), strict=True):
        printed[name] = _THOUSAND[digits]
    printed[~there] = np.zeros((), _SCORE)
    return _bytes_of(printed)


def _repeated(text: bytes, times: int) -> Bytes:
    return np.broadcast_to(np.frombuffer(text, np.uint8), (times, len(text)))


def _without_first_comma(cells: Bytes) -> Bytes:
    cells[:, :1] = 0
    return cells


def _bytes_of(cells: npt.NDArray[np.generic]) -> Bytes:
    return np.ascontiguousarray(cells).view(np.uint8).reshape(len(cells), -1)
