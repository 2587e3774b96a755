"""The table: what came of all trials, and in a sentence what is wrong, if anything is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from combinations import Combination, Outcome
from rich.console import Console
from rich.table import Table

Outcomes = Mapping[Combination, Outcome]

_NUMBERS = (
    "kills",
    "faults",
    "planned",
    "sent",
    "rejected",
    "duplicated",
    "silently lost",
    "against ledger",
    "uncertain",
    "had left",
    "had not",
    "explained",
    "unexplained",
)


def show(outcomes: Outcomes, console: Console) -> None:
    """Print the table, and beneath it what made deliveries uncertain and what runs complained of."""
    table = Table(title="Senders killed at random instants, and what arrived")
    for heading in ("sender", "ledger", "workers"):
        table.add_column(heading)
    for heading in _NUMBERS:
        table.add_column(heading, justify="right")
    for combination, outcome in outcomes.items():
        table.add_row(*map(str, combination), *_numbers(outcome))
    table.add_section()
    table.add_row("all", "", "", *_numbers(total(outcomes)), style="bold")
    console.print(table)
    _show_causes(total(outcomes), console)


def total(outcomes: Outcomes) -> Outcome:
    """All together."""
    return sum(outcomes.values(), Outcome())


def wrongs(outcomes: Outcomes) -> Iterator[str]:
    """Every broken promise, a sentence each."""
    for combination, outcome in outcomes.items():
        for what, how_many in outcome.reckoning.wrongs.items():
            yield f"{combination}: {how_many:,} {what}"
        for words in outcome.complaints:
            if "fault of Winddown" in words or "Traceback" in words:
                yield f"{combination}: a run broke off: {words}"


def _numbers(outcome: Outcome) -> Iterator[str]:
    counts = outcome.reckoning
    for number in (
        outcome.kills,
        outcome.faults,
        counts.planned,
        counts.arrived,
        counts.rejected,
        counts.duplicated,
        counts.lost,
        counts.against,
        counts.uncertain_left + counts.uncertain_stayed,
        counts.uncertain_left,
        counts.uncertain_stayed,
        counts.explained,
        counts.unexplained,
    ):
        yield f"{number:,}"


def _show_causes(outcome: Outcome, console: Console) -> None:
    table = Table(title="What made deliveries uncertain")
    table.add_column("the recorded cause")
    table.add_column("had left", justify="right")
    table.add_column("had not", justify="right")
    for why, counts in sorted(outcome.reckoning.uncertain.items(), key=lambda item: -item[1].together):
        table.add_row(why, f"{counts.left:,}", f"{counts.stayed:,}")
    console.print(table)
    if outcome.complaints:
        console.print("Runs that ended early without being killed, by what they said:")
    for words, count in outcome.complaints.most_common():
        console.print(f"  {count:,} x {words}", highlight=False, markup=False)
