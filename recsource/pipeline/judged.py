"""What came of judging batches, as people and programs read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from recsource.evaluation.judging import Verdict
from recsource.evaluation.rule_counts import RuleCounts
from recsource.evaluation.table import table
from recsource.pipeline.question import Window


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgements of several batches, by the names that the question gives them.

    Attributes:
        window: the times.
        users: how many people had something to judge by, on all items.
        baseline: which batch the others are compared with.
        everything: on all items; empty where nobody played anything.
        new: on new items alone.
        rules: in how many places rules would have fired.
    """

    window: Window
    users: int
    baseline: str
    everything: Mapping[str, Verdict]
    new: Mapping[str, Verdict]
    rules: Mapping[str, RuleCounts]

    def as_dict(self) -> dict[str, object]:
        """As JSON holds it."""
        return {
            "split": self.window.split.isoformat(),
            "until": self.window.until.isoformat(),
            "users": self.users,
            "baseline": self.baseline,
            "all_items": {name: verdict.as_dict() for name, verdict in self.everything.items()},
            "new_items": {name: verdict.as_dict() for name, verdict in self.new.items()},
            "rules": {name: asdict(counts) for name, counts in self.rules.items()},
        }

    def as_text(self) -> str:
        """Tables that people read, in Markdown."""
        if not self.everything:
            return "Nobody has played anything new since the lists were made.\n"
        parts = [f"## All items, judged by {self.users:,} people\n", table(self.everything, self.baseline)]
        if self.new:
            parts += ["\n## New items alone\n", table(self.new, self.baseline)]
        return "\n".join([*parts, "\n## How often rules would have fired\n", _rules_table(self.rules), ""])


def _rules_table(rules: Mapping[str, RuleCounts]) -> str:
    lines = ["| method | places | kids | language | repeat |", "| --- | --- | --- | --- | --- |"]
    for name, counts in rules.items():
        shares = (fired / max(counts.shown, 1) for fired in (counts.kids, counts.language, counts.repeat))
        lines.append(f"| {name} | {counts.shown:,} | {' | '.join(f'{share:.1%}' for share in shares)} |")
    return "\n".join(lines)
