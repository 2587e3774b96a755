"""The study: counts in, the report's values out; pure, so that the same counts always read the same."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version

from campaigns.analysis.proportions import Count, contrast, proportion
from campaigns.analysis.sample_ratio import sample_ratio
from campaigns.ground.edition import Edition
from campaigns.ground.experiment import Experiment
from campaigns.report import wording
from campaigns.report.gather import Gathered
from campaigns.report.metrics import METRICS, STEPS, Metric, Step, measures
from campaigns.report.result import (
    SCHEMA,
    Arm,
    ArmRate,
    Check,
    Comparison,
    Excluded,
    LeftOut,
    MetricResult,
    Report,
)
from campaigns.report.verdict import judge
from recsource.errors import InputError

_SOFTWARE = ("winddown", "scipy", "duckdb")
_QUIET = timedelta(hours=6)  # a small app may really see nothing for so long at night
_Counts = Mapping[str, Mapping[str, int]]


def study(
    gathered: Gathered,
    *,
    edition: Edition,
    experiment: Experiment,
    now: datetime,
    simulated: bool,
    manifest_sha256: str,
) -> Report:
    """Draw the conclusions.

    Raises:
        InputError: people were assigned to a variant that the experiment does not declare.
    """
    counts = _complete(gathered.counts, experiment)
    arms = [_arm(variant.name, variant.share, counts, experiment) for variant in experiment.variants]
    metrics = [_metric(metric, counts, experiment) for metric in METRICS]
    checks = [_check(step, counts, experiment) for step in STEPS if step.checked]
    (primary,) = (metric for metric in metrics if metric.primary)
    return Report(
        schema=SCHEMA,
        campaign=edition.campaign,
        edition=edition.name,
        experiment=experiment.name,
        now=now,
        simulated=simulated,
        baseline=experiment.baseline,
        verdicts=judge(primary, arms, checks),
        warnings=_warnings(gathered, metrics, now),
        arms=arms,
        metrics=metrics,
        checks=checks,
        left_out=[LeftOut(*row) for row in gathered.left_out],
        excluded=[Excluded(*row) for row in gathered.excluded],
        windows_close_at=gathered.last_close,
        newest_interaction=gathered.newest,
        manifest_sha256=manifest_sha256,
        versions={name: version(name) for name in _SOFTWARE} | {"python": platform.python_version()},
    )


def _complete(counts: _Counts, experiment: Experiment) -> _Counts:
    """With the arms that nobody is in."""
    declared = [variant.name for variant in experiment.variants]
    if strange := sorted(counts.keys() - set(declared)):
        raise InputError(
            f"assignments.parquet: people were assigned to {strange[0]!r}, but experiment "
            f"{experiment.name!r} declares {', '.join(declared)}; report with the settings it was planned with"
        )
    return {name: counts.get(name, dict.fromkeys(measures(), 0)) for name in declared}


def _arm(name: str, share: float, counts: _Counts, experiment: Experiment) -> Arm:
    funnel = {step.name: counts[name][step.name] for step in STEPS}
    return Arm(name, share, baseline=name == experiment.baseline, funnel=funnel)


def _metric(metric: Metric, counts: _Counts, experiment: Experiment) -> MetricResult:
    arms = {name: _count(metric, row) for name, row in counts.items()}
    baseline = experiment.baseline
    return MetricResult(
        name=metric.name,
        title=metric.title,
        people=metric.people,
        primary=metric.primary,
        caveat=metric.caveat,
        pending=sum(row[f"{metric.name}.pending"] for row in counts.values()),
        arms=[ArmRate(name, arm.people, arm.successes, proportion(arm)) for name, arm in arms.items()],
        comparisons=[
            Comparison(name, baseline, contrast(arms[baseline], arm))
            for name, arm in arms.items()
            if name != baseline
        ],
    )


def _count(metric: Metric, row: Mapping[str, int]) -> Count:
    return Count(people=row[f"{metric.name}.people"], successes=row[f"{metric.name}.successes"])


def _check(step: Step, counts: _Counts, experiment: Experiment) -> Check:
    observed = {name: row[step.name] for name, row in counts.items()}
    result = sample_ratio(observed, {variant.name: variant.share for variant in experiment.variants})
    return Check(
        step=step.name,
        title=step.title,
        observed=dict(result.observed),
        expected=dict(result.expected),
        statistic=result.statistic,
        p_value=result.p_value,
        alarm=result.alarm,
    )


def _warnings(gathered: Gathered, metrics: Sequence[MetricResult], now: datetime) -> list[str]:
    pending = [
        f"{metric.title}: {wording.count(metric.pending)} windows are still open."
        for metric in metrics
        if metric.pending
    ]
    return [*_stale(gathered, now), *pending]


def _stale(gathered: Gathered, now: datetime) -> list[str]:
    """Whether completions are on file only up to a time well before the windows close."""
    if gathered.last_close is None or gathered.newest is None:
        return []
    wanted = min(gathered.last_close, now)
    if wanted - gathered.newest < _QUIET:
        return []
    newest, needed = wording.moment(gathered.newest), wording.moment(wanted)
    sentence = (
        f"The newest interaction on file is of {newest}, and the report needs them up to {needed}: "
        "have the later completions been ingested?"
    )
    return [sentence]
