"""What people are told in Slack, a readable line each; none names anybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from campaigns.plan.manifest import Manifest, plan_hash
from recsource.pipeline.pull import Pulled

if TYPE_CHECKING:
    from campaigns.report.edition import Reported

_SHOWN = 12
"""Digits of a hash: enough to compare by eye."""


def batch_sentence(pulled: Pulled, source: str) -> str:
    """A batch is the one that campaigns are planned from, now."""
    refused = pulled.counts.lines - pulled.counts.offered
    without = f", {refused:,} lines offer nothing" if refused else ""
    return (
        f"recommendations of run {pulled.run} ({source}, {pulled.model}) are ready: "
        f"{pulled.counts.offered:,} people, {pulled.counts.pairs:,} picks{without}"
    )


def planned_sentence(manifest: Manifest) -> str:
    """An edition is planned, for how many of each variant, and without whom."""
    counts = cast("dict[str, object]", manifest["counts"])
    by_variant = cast("dict[str, dict[str, int]]", counts["planned_by_variant"])
    excluded = cast("dict[str, int]", counts["excluded"])
    variants = ", ".join(f"{name} {sum(languages.values()):,}" for name, languages in sorted(by_variant.items()))
    return (
        f"{manifest['campaign']}/{manifest['edition']} is planned: {counts['planned']:,} people ({variants}), "
        f"{sum(excluded.values()):,} excluded{_most(excluded)}; plan {plan_hash(manifest)[:_SHOWN]}"
    )


def report_sentence(reported: Reported, where: str) -> str:
    """What a report says first, and where it lies."""
    report = reported.report
    simulated = " (simulated data)" if report.simulated else ""
    verdicts = " ".join(verdict.sentence for verdict in report.verdicts)
    return f"{report.campaign} {report.title}: the report is ready{simulated}. {verdicts} {where}"


def verdicts_before(path: Path) -> list[str]:
    """What a report that lies there says first; nothing where there is none."""
    try:
        return [str(verdict["sentence"]) for verdict in json.loads(path.read_text("utf-8"))["verdicts"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _most(excluded: Mapping[str, int]) -> str:
    """The three reasons of most."""
    most = sorted(((n, reason) for reason, n in excluded.items() if n), key=lambda one: (-one[0], one[1]))[:3]
    told = ", ".join(f"{reason.replace('_', ' ')} {n:,}" for n, reason in most)
    return f" (most: {told})" if told else ""
