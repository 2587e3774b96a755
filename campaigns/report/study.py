"""The study: numbers in, the report's values out; pure, so that the same numbers always read the same."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version

from campaigns.ground.experiment import Experiment
from campaigns.report import wording
from campaigns.report.checks import check_ratios
from campaigns.report.earning import shares_of
from campaigns.report.exploring import by_segment, by_week
from campaigns.report.gather import Gathered
from campaigns.report.judging import Pairs, judge_metrics
from campaigns.report.looking import Progress, look_of
from campaigns.report.metric_result import MetricResult
from campaigns.report.metrics import BY_NAME, Metric
from campaigns.report.question import Question
from campaigns.report.reading import readings_of
from campaigns.report.result import SCHEMA, Arm, Declared, Excluded, LeftOut, Report
from campaigns.report.steps import FUNNEL
from campaigns.report.verdict import judge

_SOFTWARE = ("winddown", "scipy", "duckdb")
_QUIET = timedelta(hours=6)  # a small app may really see nothing for so long at night


def study(
    gathered: Gathered,
    question: Question,
    metrics: Sequence[Metric],
    *,
    campaign: str,
    simulated: bool,
    manifests: Mapping[str, str],
) -> Report:
    """Draw the conclusions."""
    experiment, measured = question.experiment, gathered.measured
    primary, pairs = BY_NAME[experiment.primary], Pairs.of(experiment)
    progress = Progress.of(experiment, measured.counted[primary.horizon])
    checks = check_ratios(gathered, experiment)
    arms = [_arm(gathered, experiment, variant.name, variant.share) for variant in experiment.variants]
    results = judge_metrics(gathered, experiment, metrics, pairs, progress)
    look = look_of(results[0], progress)
    return Report(
        schema=SCHEMA,
        campaign=campaign,
        editions=[edition.name for edition in question.editions],
        experiment=_declared(experiment),
        now=question.now,
        simulated=simulated,
        baseline=experiment.baseline,
        verdicts=judge(results[0], arms, checks, look),
        warnings=_warnings(gathered, results, question.now),
        arms=arms,
        metrics=results,
        checks=checks,
        readings=readings_of(measured, metrics, pairs, checks),
        look=look,
        weeks=by_week(measured, primary, pairs),
        segments=by_segment(measured, primary, pairs),
        earned=shares_of(gathered.earned, {arm.variant: arm.funnel["assigned"] for arm in arms}),
        left_out=[LeftOut(*row) for row in gathered.left_out],
        excluded=[Excluded(*row) for row in gathered.excluded],
        windows_close_at=_last_close(gathered),
        newest_interaction=gathered.newest,
        manifests=dict(manifests),
        versions={name: version(name) for name in _SOFTWARE} | {"python": platform.python_version()},
    )


def _declared(experiment: Experiment) -> Declared:
    return Declared(
        name=experiment.name,
        version=experiment.version,
        hypothesis=experiment.hypothesis,
        scheme=experiment.scheme.value,
        start=experiment.start,
        end=experiment.end,
        primary=experiment.primary,
        minimum_effect=experiment.minimum_effect,
        looks=list(experiment.looks),
    )


def _arm(gathered: Gathered, experiment: Experiment, name: str, share: float) -> Arm:
    counts = [variants.get(name, {}) for variants in gathered.funnel.values()]
    funnel = {step: sum(count.get(step, 0) for count in counts) for step in FUNNEL}
    return Arm(name, share, baseline=name == experiment.baseline, funnel=funnel)


def _warnings(gathered: Gathered, metrics: Sequence[MetricResult], now: datetime) -> list[str]:
    return [*_stale(gathered, now), *_uncounted(gathered, metrics)]


def _last_close(gathered: Gathered) -> datetime | None:
    """When the last 24-hour window after sending closes."""
    ends = [window.last for window in gathered.windows.values() if window.last]
    return max(ends) + timedelta(hours=24) if ends else None


def _stale(gathered: Gathered, now: datetime) -> list[str]:
    """Whether completions are on file only up to a time well before the windows close."""
    last_close = _last_close(gathered)
    if last_close is None or gathered.newest is None:
        return []
    wanted = min(last_close, now)
    if wanted - gathered.newest < _QUIET:
        return []
    newest, needed = wording.moment(gathered.newest), wording.moment(wanted)
    sentence = (
        f"The newest interaction on file is of {newest}, and the report needs them up to {needed}: "
        "have the later completions been ingested?"
    )
    return [sentence]


def _uncounted(gathered: Gathered, metrics: Sequence[MetricResult]) -> list[str]:
    """What is measured over a time that has not passed yet."""
    open_ones = [metric.title for metric in metrics if metric.pending]
    late = [
        f"{metric.title} is counted up to {metric.editions[-1]}; later editions' windows are still open."
        for metric in metrics
        if not metric.pending and len(metric.editions) < len(gathered.windows)
    ]
    if open_ones:
        late.append(f"Windows are still open for: {'; '.join(open_ones)}. Their figures will still rise.")
    return late
