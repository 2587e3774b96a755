"""Chance that belongs to an id: the same id and purpose draw the same number, whoever else there is.

A simulated person then responds to an email in the same way whether the plan has ten rows or a million, and in
whichever order they come.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from recsource.sample.tastes import Floats, Ints

Keys: TypeAlias = npt.NDArray[np.uint64]


def keys(seed: int, ids: Iterable[str]) -> Keys:
    """A 64-bit key for each id, under a seed."""
    digests = b"".join(hashlib.blake2b(f"{seed}:{one}".encode(), digest_size=8).digest() for one in ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def derived(parents: Keys, purpose: str, numbers: Ints | int = 0) -> Keys:
    """Keys for something within each parent: its fourth slot, its second play.

    The mixing is SplitMix64's finaliser (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
    """
    salt = np.uint64(zlib.crc32(purpose.encode()) << 20)
    mixed: Keys = parents ^ (np.atleast_1d(numbers).astype(np.uint64) + salt) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def uniform(parents: Keys, purpose: str) -> Floats:
    """A number in [0, 1) for each key."""
    return (derived(parents, purpose) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def between(parents: Keys, purpose: str, least: float, most: float) -> Ints:
    """A whole number from least up to most for each key."""
    return (least + uniform(parents, purpose) * (most - least)).astype(np.int64)


def exponential(parents: Keys, purpose: str, mean: float) -> Floats:
    """An exponential waiting time for each key."""
    return -mean * np.log1p(-uniform(parents, purpose))


def poisson(parents: Keys, purpose: str, mean: Floats, most: int = 60) -> Ints:
    """A Poisson count for each key, by inversion, cut at `most`."""
    drawn = uniform(parents, purpose)
    term = np.exp(-mean)
    reached = term.copy()
    count = np.zeros(len(parents), dtype=np.int64)
    for number in range(1, most + 1):
        count += drawn > reached
        term = term * mean / number
        reached += term
    return count
