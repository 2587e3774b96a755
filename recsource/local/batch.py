"""Writing a batch: recommendations for any number of people, in memory that does not grow with them.

Blocks of people are ranked side by side, as many as there are threads, and written in order; what comes out does
not depend on how many threads there are, nor on where a block begins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import numpy as np

from recsource.local.arrays import Ints, Sparse, one_blas_thread
from recsource.local.exploring import Exploration, explored_lines
from recsource.local.lines import Lines
from recsource.local.ranking import rank, tie_order
from recsource.local.reading import Recipients
from recsource.local.scorer import Scorer

_CELLS = 4_000_000  # users times items of a block, about
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Batch:
    """How a batch is made.

    Attributes:
        scorer: the model.
        history: users by items.
        size: how many items a list has at most.
        seed: of ties.
        exploration: which lists have an item by chance.
        repeats: whether what somebody has heard may be recommended.
        threads: how many blocks are ranked at the same time.
    """

    scorer: Scorer
    history: Sparse
    size: int
    seed: int
    exploration: Exploration
    repeats: bool = False
    threads: int = 2

    def write(self, people: Recipients, lines: BinaryIO, explored: BinaryIO) -> None:
        """Write everybody's lines, and those of what was explored."""
        with one_blas_thread():
            for text, of_explored in _in_order(self._block, self._blocks(people), self.threads):
                lines.writelines(text)
                explored.write(of_explored)

    def _blocks(self, people: Recipients) -> Iterator[Recipients]:
        step = max(1, _CELLS // max(len(self.scorer.item_ids), 1))
        for first in range(0, len(people.user_ids), step):
            some = slice(first, first + step)
            yield Recipients(people.user_ids[some], people.user[some], people.group[some])

    def _block(self, people: Recipients) -> tuple[list[bytes], bytes]:
        history = _rows(self.history, people.user)
        heard = None if self.repeats else history
        order = tie_order(len(self.scorer.item_ids), self.seed)
        utilities = self.scorer.utilities(history, people.group)
        ranked = rank(utilities, heard, order, self.size)
        ranked, explored = self.exploration.explore(ranked, people.user_ids, utilities)
        text = list(Lines(self.scorer.item_ids).write(people.user_ids, ranked))
        return text, "".join(explored_lines(explored, people.user_ids, self.scorer.item_ids)).encode()


def _rows(history: Sparse, user: Ints) -> Sparse:
    """The histories of some users, empty where an index is negative."""
    known = history[np.maximum(user, 0)]
    strangers = np.repeat(user < 0, np.diff(known.indptr))
    known.data[strangers] = 0
    known.eliminate_zeros()
    return known


def _in_order(work: Callable[[_Given], _Made], given: Iterable[_Given], threads: int) -> Iterator[_Made]:
    """What comes of each piece, in their order; no more pieces are in memory than there are threads."""
    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[_Made]] = deque()
        for piece in given:
            pending.append(pool.submit(work, piece))
            if len(pending) > threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
