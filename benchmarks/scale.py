"""Planning as people grow: 10,000, 100,000 and 1,000,000 users x 500 recommendations, and Spark beside DuckDB.

Each plan is made in a process of its own. `plan_growth_exponent` is e where time grows as users to the power of e,
from the second largest size to the largest, where fixed costs no longer flatter it. Spark runs on this machine's
cores (`local[*]`), its start included: what it is for is more machines than one.

    python benchmarks/scale.py                          # an hour, and 20 GB of disk under .bench/
    python benchmarks/scale.py --users 10000 100000     # without the million
    python benchmarks/scale.py --no-spark
"""

from __future__ import annotations

import argparse
import math
import os
from statistics import median

from plan import _run, _world

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 3
BESIDE_SPARK = 100_000
MILLION = 1_000_000


def main() -> None:
    """Make the worlds where they are not there yet, plan each, print the figures."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--users", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--no-spark", action="store_true")
    options = arguments.parse_args()
    seconds = {users: _plan(users) for users in sorted(options.users)}
    *_, before, last = seconds
    exponent = math.log(seconds[last] / seconds[before]) / math.log(last / before)
    print(f"figure plan_growth_exponent {exponent:.3f} from {before:,} to {last:,} users")
    if BESIDE_SPARK in seconds and not options.no_spark:
        spark = _plan_on_spark(BESIDE_SPARK)
        print(f"figure spark_vs_duckdb_s {spark:.1f} s against {seconds[BESIDE_SPARK]:.1f} s")


def _plan(users: int) -> float:
    """The median of seconds; the million is planned once."""
    world = _world(users)
    runs = [_run("plan", world) for _ in range(1 if users >= MILLION else ROUNDS)]
    elapsed, peak = median(run[0] for run in runs), max(run[1] for run in runs)
    print(f"{users:>9,} users: {elapsed:8.2f} s, {peak:6.0f} MB")
    if users == MILLION:
        print(f"figure plan_1m_peak_mb {peak:.0f} MB")
    return elapsed


def _plan_on_spark(users: int) -> float:
    os.environ |= {"WINDDOWN_ENGINE__NAME": "spark", "WINDDOWN_ENGINE__SPARK": '{"spark.driver.memory": "4g"}'}
    return _run("plan", _world(users))[0]


if __name__ == "__main__":
    main()
