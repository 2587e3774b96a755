"""Kill senders at random instants, over and over, and count what arrived: `make chaos`.

    python tests/chaos --kills 200 [--sender ses] [--ledger postgresql] [--workers 4] [--seed 7]

Every sender gets so many kills, shared out over both ledgers, and one worker and four. The exit code is 0 if
nobody got two, nobody was silently lost and whatever is uncertain is explained by a kill or
a fault on record; else 1, with a sentence a wrong.

Then, as root, shards on hosts of their own are cut off from ledger and provider, one after the other (`--cuts`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from typing import Final

sys.path.append(str(Path(__file__).parent.parent / "providers"))

from bad_providers import SENDERS
from combinations import Combination, Outcome, run_combination
from cutting import SHARDS, cut_once, network
from edition_to_send import World
from fresh_ledgers import LEDGERS, FreshLedgers, fresh_ledgers
from namespaces import why_not
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from table import show, wrongs
from trial import HungError

_WORKERS: Final = (1, 4)
_WIDTH = 190


def main() -> int:
    """Run it all and print the table; the exit code."""
    asked, console, folder = _asked(), _console(), Path(mkdtemp(prefix="chaos-"))
    try:
        outcomes = {**_run(asked, folder, console), **_cut(asked, folder, console)}
        show(outcomes, console)
        found = list(wrongs(outcomes))
    except HungError as hung:
        found = [str(hung)]
    if not found:
        console.print("Nobody got two, nobody was silently lost, and whatever is uncertain is explained.")
        rmtree(folder)
        return 0
    for sentence in found:
        console.print(f"WRONG: {sentence}", style="bold red", highlight=False)
    console.print(f"Records, ledgers and what each run said are kept in {folder}.")
    return 1


def _run(asked: argparse.Namespace, folder: Path, console: Console) -> Mapping[Combination, Outcome]:
    combinations = [Combination(*each) for each in product(asked.sender, asked.ledger, asked.workers)]
    kills = -(-asked.kills // (len(asked.ledger) * len(asked.workers)))
    outcomes: dict[Combination, Outcome] = {}
    with _progress(console) as progress, ExitStack() as stack:
        task = progress.add_task("making a world", total=kills * len(combinations))
        world = World.make(folder / "world", asked.people)
        ledgers: dict[str, FreshLedgers] = {
            name: stack.enter_context(fresh_ledgers(name, world, folder)) for name in asked.ledger
        }
        for combination in combinations:
            progress.update(task, description=str(combination))
            outcomes[combination] = run_combination(
                world,
                ledgers[combination.ledger],
                combination,
                folder,
                kills=kills,
                seed=asked.seed,
                struck=lambda: progress.advance(task),
            )
    return outcomes


def _cut(asked: argparse.Namespace, folder: Path, console: Console) -> Mapping[Combination, Outcome]:
    """Cut off shards, as often as asked, every second time until their connection is given up."""
    if not asked.cuts:
        return {}
    if why := why_not():
        console.print(f"No shard was cut off: {why}.")
        return {}
    together, random = Outcome(), Random(asked.seed)
    with _progress(console) as progress:
        task = progress.add_task("shards that are cut off", total=asked.cuts)
        with network(World(folder / "world")) as wired:
            for number in range(asked.cuts):
                at = folder / f"cut-{number}"
                at.mkdir()
                faults = random.choice((0.0, 0.15, 0.3))
                together += cut_once(wired, at, random.getrandbits(31), long=bool(number % 2), faults=faults)
                progress.advance(task)
    return {Combination("ses", "postgresql, cut off", SHARDS): together}


def _console() -> Console:
    """As wide as the table where nobody is watching."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH)


def _progress(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("kills")
    return Progress(*columns, TimeElapsedColumn(), console=console)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Kill senders at random instants, and count what arrived.")
    parser.add_argument("--kills", type=int, default=200, help="of each sender, over all ledgers and workers")
    parser.add_argument("--sender", nargs="+", choices=SENDERS, default=SENDERS)
    parser.add_argument("--ledger", nargs="+", choices=LEDGERS, default=LEDGERS)
    parser.add_argument("--workers", nargs="+", type=int, default=_WORKERS)
    parser.add_argument("--people", type=int, default=1_200, help="in the world; some of them are excluded")
    parser.add_argument("--cuts", type=int, default=6, help="of shards that send beside others")
    parser.add_argument("--seed", type=int, default=47)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
