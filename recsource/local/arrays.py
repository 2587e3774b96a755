"""The arrays that the recommender computes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

Ints: TypeAlias = npt.NDArray[np.int32]
Longs: TypeAlias = npt.NDArray[np.int64]
Singles: TypeAlias = npt.NDArray[np.float32]
Floats: TypeAlias = npt.NDArray[np.float64]
Texts: TypeAlias = npt.NDArray[np.object_]
Sparse: TypeAlias = sp.csr_matrix
"""Rows stand for users or items as said where it is used; within a row, columns ascend."""


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Inside, linear algebra uses one thread: how sums are split among several changes their last digits."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
