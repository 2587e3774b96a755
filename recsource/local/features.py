"""Items' metadata as features: one for each word of a categorical column, and one for each bin of a number.

A feature's weight is its inverse document frequency, log((1 + n) / (1 + df)) + 1, and an item's row has length
1, as text retrieval has it (Salton and Buckley, 1988): rare words say more, and items with many words do not say
more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp

from recsource.local.arrays import Sparse

Kind = Literal["categorical", "numeric"]
BETWEEN = "|"
"""What stands between the members of a categorical value, in Personalize's datasets."""
BINS = 16


@dataclass(frozen=True, slots=True)
class Column:
    """One column of metadata: its kind, and a value an item; None where there is none."""

    kind: Kind
    values: Sequence[str | None]


def features_of(columns: Mapping[str, Column], items: int) -> Sparse:
    """Items by features; an item without metadata has an empty row.

    Args:
        columns: by name; their order does not matter.
        items: how many.
    """
    words = [_words(column) for _, column in sorted(columns.items())]
    return _weighed(sp.hstack([_indicators(column) for column in words] or [sp.csr_matrix((items, 0))]).tocsr())


def _words(column: Column) -> list[list[str]]:
    if column.kind == "numeric":
        return _binned(column.values)
    return [sorted({word for word in (value or "").split(BETWEEN) if word}) for value in column.values]


def _binned(values: Sequence[str | None]) -> list[list[str]]:
    """Bins between quantiles; a value that fills several of them has one for itself."""
    numbers = np.array([np.nan if value is None else float(value) for value in values])
    known = numbers[~np.isnan(numbers)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else known
    bins = np.searchsorted(edges, numbers)
    return [[] if np.isnan(number) else [str(place)] for number, place in zip(numbers, bins, strict=True)]


def _indicators(words: Sequence[Iterable[str]]) -> Sparse:
    vocabulary = {word: place for place, word in enumerate(sorted({word for row in words for word in row}))}
    cells = [(row, vocabulary[word]) for row, of_item in enumerate(words) for word in of_item]
    rows, columns = np.array(cells, dtype=np.int32).reshape(-1, 2).T
    return sp.csr_matrix((np.ones(len(cells)), (rows, columns)), shape=(len(words), len(vocabulary)))


def _weighed(indicators: Sparse) -> Sparse:
    items = indicators.shape[0]
    frequency = np.bincount(indicators.indices, minlength=indicators.shape[1])
    weighed = indicators @ sp.diags(np.log((1 + items) / (1 + frequency)) + 1)
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    rows: Sparse = (sp.diags(1 / np.where(lengths > 0, lengths, 1)) @ weighed).tocsr()
    rows.sort_indices()
    return rows
