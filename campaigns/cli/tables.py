"""What commands print: tables for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from campaigns.check.finding import Checked, Finding
from campaigns.ground.delivery import Tally
from campaigns.ground.exclusion import Reason
from campaigns.odd_picks import MEANINGS, OddPicks

_BATCH_COUNTS = {
    "lines": "lines",
    "unreadable": "  unreadable or cut off",
    "errors": "  with the recommender's own error",
    "unknown_users": "  of nobody in users",
    "duplicated": "  of somebody who had one already",
    "empty": "  with no items",
    "ineligible": "  of people who are not eligible",
    "offered": "  of eligible people",
    "pairs": "items recommended to eligible people",
    "unknown_items": "  that the catalogue does not have",
}
_RULE_COUNTS = ("rule", "pairs_removed", "people_removed", "pairs_added", "people_added")


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table; numbers to the right."""
    table = Table(columns[0], show_lines=any("\n" in str(row[0]) for row in rows))
    for index, column in enumerate(columns[1:], start=1):
        table.add_column(column, justify="right" if all(isinstance(row[index], int) for row in rows) else "left")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))  # no markup: settings have square brackets
    console = Console()
    console.print(escape(title), style="bold", highlight=False)
    console.print(table)


def print_plan(manifest: Mapping[str, object]) -> None:
    """The funnel of a plan: the batch, the rules, exclusions, and who is planned."""
    counts = cast("dict[str, object]", manifest["counts"])
    batch = cast("dict[str, int]", counts["recommendations"])
    print_table(
        "The batch of recommendations",
        ("", "count"),
        [(meaning, batch[name]) for name, meaning in _BATCH_COUNTS.items() if batch[name]],
    )
    rules = cast("list[dict[str, object]]", counts["rules"])
    print_table(
        "What the rules did",
        [name.replace("_", " ") for name in _RULE_COUNTS],
        [tuple(rule[name] for name in _RULE_COUNTS) for rule in rules],
    )
    excluded = cast("dict[str, int]", counts["excluded"])
    planned = cast("dict[str, dict[str, int]]", counts["planned_by_variant"])
    print_table(
        f"{manifest['campaign']}/{manifest['edition']}: who gets it",
        ("", "people"),
        [
            ("considered", counts["considered"]),
            *(
                (f"  excluded: {reason.replace('_', ' ')}", excluded[reason])
                for reason in Reason
                if excluded[reason]
            ),
            *(
                (f"  planned: {variant}, {language}", n)
                for variant, languages in planned.items()
                for language, n in languages.items()
            ),
            ("planned", counts["planned"]),
        ],
    )


def print_tally(title: str, tally: Tally) -> None:
    """The ledger's counts, which balance."""
    states = ("planned", "accepted", "rejected", "uncertain", "cancelled", "waiting")
    rows = [(state, getattr(tally, state)) for state in states]
    rows.insert(4, ("  of these, in flight", tally.in_flight))
    print_table(title, ("deliveries", "people"), rows)


def print_status(title: str, manifest: Mapping[str, object], tally: Tally) -> None:
    """Where everybody considered stands, and that it adds up."""
    counts = cast("dict[str, int]", manifest["counts"])
    excluded = counts["considered"] - counts["planned"]
    print_tally(title, tally)
    print(f"{counts['considered']:,} considered = {counts['planned']:,} planned + {excluded:,} excluded")
    balance = "the counts balance" if tally.balanced else "THE COUNTS DO NOT BALANCE: tell your developers"
    print(f"planned = accepted + rejected + uncertain + cancelled + waiting: {balance}")


def tally_dict(tally: Tally) -> dict[str, object]:
    """The counts by name, and whether they balance."""
    return {**tally.as_dict(), "balanced": tally.balanced}


def print_checked(checked: Checked) -> None:
    """Each problem, how grave, how often, and whom to look at."""
    size = f"the largest has {checked.largest_bytes:,} bytes (user {checked.largest_example})"
    asked = f"; {checked.addresses_asked:,} addresses were asked for" if checked.addresses_asked else ""
    if not checked.findings:
        print(f"{checked.messages:,} messages, no problem; {size}{asked}")
        return
    errors = len(checked.errors)
    print_table(
        f"{_number(errors, 'error')} and {_number(len(checked.findings) - errors, 'warning')} in "
        f"{checked.messages:,} messages; {size}{asked}",
        ("problem", "messages", "see it on user"),
        [(_told(finding), finding.messages, finding.example) for finding in checked.findings],
    )


def _told(finding: Finding) -> str:
    """Its code and what it means, and what it is in the example."""
    lines = (f"{finding.severity.upper()} {finding.code}", f"{finding.meaning}", finding.detail)
    return "\n".join(line for line in lines if line)


def _number(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def print_odd_picks(odd: OddPicks) -> None:
    """By rule and kind, then each item."""
    if not odd.answers:
        print("Nobody has found a pick odd.")
        return
    rules = [
        (rule or "none", MEANINGS.get(rule, "what no rule would have kept out"), n)
        for rule, n in odd.rules.items()
    ]
    print_table(f"{odd.answers:,} odd picks: rules that would have kept them out", ("rule", "", "answers"), rules)
    print_table("By kind", ("kind", "answers"), list(odd.kinds.items()))
    items = [
        (item.title, item.item_id, item.kind, item.source, item.answers, ", ".join(item.rules))
        for item in odd.items
    ]
    print_table("By item", ("title", "item", "kind", "from", "answers", "rules"), items)


def _cell(value: object) -> str:
    """As it is: a title's brackets are no mark-up."""
    return f"{value:,}" if isinstance(value, int) else str(value)
