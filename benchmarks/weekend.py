"""A weekend's send, simulated: how long each call takes, how late people get theirs, and what holds it up.

    python benchmarks/weekend.py --readers 10000000 --per-second 1000 --shards 4 --workers 2 --faults 0.01
    python benchmarks/weekend.py --against-real [--people 100000]

The second form sends an edition for real, by two shards with a ledger in PostgreSQL, into SES's stand-in, which
misbehaves in one call of twenty; simulates the same; and prints both and their ratio. It takes some ten minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from random import Random
from statistics import mean
from tempfile import TemporaryDirectory
from tomllib import loads

from campaigns.dispatch.pacing import Rate
from campaigns.plan.timing import send_at
from campaigns.settings.campaign import Schedule, read_campaign
from campaigns.weekend.conditions import Fate, Played, Provider, Senders, Weekend
from campaigns.weekend.playing import play

TEMPLATES = Path(__file__).parent.parent / "templates"
SATURDAY = date(2026, 11, 21)
REAL = {"per_second": 400.0, "faults": 0.05, "shards": 2}
ROUNDS = 20  # simulations, each by other dice
MISHAPS = 13  # of the stand-in; each is as likely as the others


def main() -> None:
    """Simulate as asked, or compare with a real send."""
    asked = _asked()
    if asked.against_real or len(sys.argv) == 1:
        compare(asked.people)
    else:
        show(simulate(asked), asked)


def simulate(asked: argparse.Namespace) -> Played:
    """A weekend as the command line describes it."""
    schedule = read_campaign(TEMPLATES / "weekly_winddown").schedule
    weekend = Weekend(
        due_times(asked.readers, schedule, SATURDAY),
        Provider(asked.batch, call_s=asked.call_ms / 1_000, fates=mishaps(asked.faults, patience_s=60)),
        Senders(asked.shards, asked.workers, asked.cores, asked.message_us / 1e6),
        Rate(asked.per_second, asked.per_day),
        give_up_after=schedule.give_up_after,
    )
    return play(weekend, Random(asked.seed))


def due_times(readers: int, schedule: Schedule, day: date) -> Mapping[datetime, int]:
    """When so many readers are due who live where the sample world's do."""
    people = loads((files("recsource.sample") / "lexicon" / "people.toml").read_text("utf-8"))
    weights: Counter[datetime] = Counter()
    for _, _, zone, weight, _ in people["places"]:
        weights[send_at(day, schedule, zone)] += weight
    return {due: round(readers * weight / weights.total()) for due, weight in sorted(weights.items())}


def mishaps(faults: float, patience_s: float) -> Sequence[Fate]:
    """What the stand-in does to so large a share of calls, as the sender takes it; see `ses_server.Mishap`."""
    each = faults / MISHAPS
    return (
        Fate(7 * each, uncertain=1.0),  # reset, 500, half an answer, garbage, closed
        Fate(each, seconds=patience_s, uncertain=1.0),  # silence
        Fate(each, throttled=1.0),
        Fate(each, throttled=1 / 12, deferred=1 / 6, rejected=1 / 12),  # a third of the entries fail
        Fate(each, seconds=0.225),
    )


def show(played: Played, asked: argparse.Namespace) -> None:
    """What came of it."""
    print(f"{asked.readers:,} readers, {asked.shards} shard(s) of {asked.workers} worker(s)")
    for call in played.calls:
        if call.accepted:
            used_up = "; the day was used up" if call.used_up else ""
            print(
                f"  {call.began:%a %H:%M}  {call.accepted:12,} in {timedelta(seconds=round(call.seconds))}"
                f", throttled {call.throttled:,} times{used_up}"
            )
    print(
        f"accepted {played.accepted:,}, rejected {played.rejected:,}, uncertain {played.uncertain:,}, "
        f"too late {played.cancelled:,}; {played.provider_calls:,} calls"
    )
    print(f"half of them no later than {played.late(0.5)}, 99 of 100 no later than {played.late(0.99)}")


def compare(people: int) -> None:
    """Send for real, simulate the same, and print both."""
    from _edition import SENT_AT
    from _real_weekend import READ_TIMEOUT_S, send_for_real

    with TemporaryDirectory() as folder:
        real = send_for_real(Path(folder), people, REAL["per_second"], REAL["faults"], int(REAL["shards"]))
    weekend = Weekend(
        {SENT_AT: people},
        Provider(50, call_s=0.01, fates=mishaps(REAL["faults"], READ_TIMEOUT_S)),
        Senders(int(REAL["shards"]), cores=1),
        Rate(REAL["per_second"]),
    )
    played = [play(weekend, Random(seed)) for seed in range(ROUNDS)]
    seconds = mean(sum(call.seconds for call in each.calls) for each in played)
    print(
        f"{people:,} messages, {REAL['per_second']:.0f} a second asked for, {REAL['faults']:.0%} of calls misfare"
    )
    print(f"sent for real: {sum(real.seconds):.1f} s, {real.tally}")
    print(
        f"simulated:     {seconds:.1f} s, accepted {mean(each.accepted for each in played):,.0f}, "
        f"uncertain {mean(each.uncertain for each in played):,.0f}, "
        f"rejected {mean(each.rejected for each in played):,.0f}"
    )
    print(f"figure weekend_real_s {sum(real.seconds):.1f} s")
    print(f"figure weekend_simulated_s {seconds:.1f} s")
    print(f"figure weekend_simulated_vs_real {seconds / sum(real.seconds):.3f} x", flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against-real", action="store_true", help="compare with a real send")
    parser.add_argument("--people", type=int, default=100_000, help="of the real send")
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--per-second", type=float, default=None, help="recipients, over all shards")
    parser.add_argument("--per-day", type=int, default=None, help="recipients a UTC day")
    parser.add_argument("--shards", type=int, default=1, help="hosts")
    parser.add_argument("--workers", type=int, default=2, help="on each host")
    parser.add_argument("--cores", type=int, default=2, help="of each host")
    parser.add_argument("--batch", type=int, default=50, help="messages a call")
    parser.add_argument("--call-ms", type=float, default=100, help="how long the provider takes for one")
    parser.add_argument("--message-us", type=float, default=300, help="time of a core that a message costs")
    parser.add_argument(
        "--faults", type=float, default=0.001, help="the share of calls that something is wrong with"
    )
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
