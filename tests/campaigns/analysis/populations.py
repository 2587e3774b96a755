"""Made-up people whose true values are known, `REPLAYS` samples of them at a time.

Three in ten are keen: they take part for more weeks, are active on more days, and complete more on each.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from campaigns.analysis.moments import Moments

REPLAYS = 2000
KEEN = 0.3
ACTIVE = np.array([0.7, 2.5])  # active days a week, by whether one is keen
DONE = np.array([0.3, 0.8])  # completions an active day, beyond the first week's one
STAYS = np.array([0.5, 0.9])  # the chance of taking part in each of seven more weeks
LEAVES = 0.02
Table = dict[str, NDArray[np.float64]]

_SHARES = np.array([1 - KEEN, KEEN])
_WEEKS = 1 + 7 * STAYS
_DAYS = 1 + ACTIVE * _WEEKS
TRUE = {
    "done": float(_SHARES @ (DONE * _DAYS)),
    "done / active": float(_SHARES @ (DONE * _DAYS) / (_SHARES @ _DAYS)),
    "done / weeks": float(_SHARES @ (DONE * _DAYS) / (_SHARES @ _WEEKS)),
    "evenings / weeks": float(_SHARES @ (DONE * _WEEKS) / (_SHARES @ _WEEKS)),
    "left": LEAVES,
}


def sticky(random: Generator, people: int, factor: float) -> Table:
    """An arm's people, their weeks summed; `factor` multiplies what the arm may change."""
    keen = (random.random((REPLAYS, people)) < KEEN).astype(int)
    weeks = 1.0 + random.binomial(7, STAYS[keen])
    active = 1.0 + random.poisson(ACTIVE[keen] * weeks)
    return {
        "weeks": weeks,
        "active": active,
        "done": random.poisson(DONE[keen] * active * factor).astype(float),
        "done before": random.poisson(DONE[keen] * 20).astype(float),
    }


def leavers(random: Generator, people: int, factor: float) -> Table:
    """An arm's people, of whom few leave."""
    return {"left": (random.random((REPLAYS, people)) < LEAVES * factor).astype(float)}


def crossed(random: Generator, people: int, factor: float) -> Table:
    """People whose arm is drawn anew each week, their weeks summed by arm."""
    keen = (random.random((REPLAYS, people)) < KEEN).astype(int)
    before = random.poisson(DONE[keen] * 20)
    table = dict.fromkeys(
        (f"{arm}.{column}" for arm in ("control", "treatment") for column in ("weeks", "done", "before")),
        np.zeros(keen.shape),
    )
    for week in range(8):
        takes_part = (random.random(keen.shape) < STAYS[keen]) | (week == 0)
        treated = random.random(keen.shape) < 0.5
        for arm, members, by in (("control", ~treated, 1.0), ("treatment", treated, factor)):
            present = takes_part & members
            done = random.poisson(DONE[keen] * by)
            for column, values in (("weeks", 1), ("done", done), ("before", before)):
                table[f"{arm}.{column}"] = table[f"{arm}.{column}"] + present * values
    return table


def moments(table: Table) -> list[Moments]:
    """Of each replay."""
    names = sorted(table)
    cube = np.stack([table[name] for name in names])
    people, means = cube.shape[2], cube.mean(axis=2)
    centred = cube - means[:, :, None]
    covariances = {
        (left, right): (np.einsum("rp,rp->r", centred[i], centred[i + j]) / (people - 1)).tolist()
        for i, left in enumerate(names)
        for j, right in enumerate(names[i:])
    }
    return [
        Moments(
            people=people,
            means=dict(zip(names, means[:, replay].tolist(), strict=True)),
            covariances={pair: values[replay] for pair, values in covariances.items()},
        )
        for replay in range(REPLAYS)
    ]
