"""What looking at one more message costs, and what remembering pieces saves.

    python benchmarks/check.py

One side looks at messages of the shipped Weekly Winddown as `winddown check` does, rendered beforehand, for
distinct people: all problems, with what they share judged before, as in all of an edition but its first seconds.
The other side only parses each message's HTML with lxml, and looks at nothing. The sides take turns; figures are
medians of all rounds, in the process's own time. A further line gives the first look, at which all is judged.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from lxml.html import document_fromstring
from render import CATALOGUE, FOLDER, _compile, _row

from campaigns.check.inspector import Inspector
from campaigns.check.tally import Tally
from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow
from campaigns.settings.campaign import read_campaign

PEOPLE, PARSED, ROUNDS = 4_000, 100, 9

Rendered = Sequence[tuple[PlanRow, Message]]


def _looking(inspector: Inspector) -> Callable[[Rendered], None]:
    def look(messages: Rendered) -> None:
        tally = Tally()
        for row, message in messages:
            tally.add(row.user_id, inspector.problems(row, message))

    return look


def _parse(messages: Rendered) -> None:
    for _, message in messages:
        document_fromstring(message.html)


def _microseconds(work: Callable[[Rendered], None], messages: Rendered) -> float:
    start = time.process_time()
    work(messages)
    return (time.process_time() - start) / len(messages) * 1e6


def _messages() -> list[tuple[PlanRow, Message]]:
    """In English, as the catalogue is."""
    renderer = _compile()
    rows = [_row(number) for number in range(PEOPLE)]
    english = [replace(row, contact=replace(row.contact, language="en")) for row in rows]
    return [(row, renderer.render(row)) for row in english]


def main() -> None:
    """Measure the sides in turn, and print the figures."""
    messages = _messages()
    inspector = Inspector(CATALOGUE, read_campaign(FOLDER))
    look = _looking(inspector)
    first = _microseconds(look, messages) * len(messages) / 1e6
    looked, parsed = [], []
    for _ in range(ROUNDS):
        looked.append(_microseconds(look, messages))
        parsed.append(_microseconds(_parse, messages[:PARSED]))
    size = statistics.mean(len(message.html) for _, message in messages)
    ours, theirs = statistics.median(looked), statistics.median(parsed)
    print(
        f"{PEOPLE:,} messages with 6 cards, {size / 1000:.0f} KB of HTML; the first look took {first:.2f} s in all"
    )
    print(f"  {'looked at':<34} {ours:>10,.1f} us   (fastest round {min(looked):,.1f})")
    print(f"  {'only parsed, with lxml':<34} {theirs:>10,.1f} us   (fastest round {min(parsed):,.1f})")
    print(f"figure check_us {ours:.1f} us")
    print(f"figure check_vs_parse 1/{theirs / ours:.0f} x")


if __name__ == "__main__":
    main()
