"""The judging of metrics: every declared comparison of each, adjusted for their number by what was declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from campaigns.analysis.confidence_sequence import sequence
from campaigns.analysis.estimates import Contrast
from campaigns.analysis.multiplicity import benjamini_hochberg, holm
from campaigns.analysis.noninferiority import Margin, noninferiority
from campaigns.ground.experiment import Experiment, Guardrail
from campaigns.ground.metric import MetricName
from campaigns.report.comparing import Comparer, Parts, value_of
from campaigns.report.gather import Gathered
from campaigns.report.looking import Progress
from campaigns.report.metric_result import ArmValue, Comparison, Guarded, MetricResult, Role
from campaigns.report.metrics import Metric

_GUARDRAILS = frozenset(
    {MetricName.UNSUBSCRIBED, MetricName.COMPLAINED, MetricName.BOUNCED, MetricName.LATE_NIGHT_MINUTES}
)
"""Guardrails by nature: shown as such even where no margin was declared."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The comparisons: those planned, and each variant with the baseline where that was not."""

    planned: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, experiment: Experiment) -> Pairs:
        """As declared; where nothing was, each variant with the baseline is planned."""
        against = experiment.baseline
        all_of_them = tuple((arm.name, against) for arm in experiment.variants if arm.name != against)
        planned = tuple((pair.treatment, pair.control) for pair in experiment.contrasts) or all_of_them
        return cls(planned, tuple(pair for pair in all_of_them if pair not in planned))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.planned + self.others)


def judge_metrics(
    gathered: Gathered, experiment: Experiment, metrics: Sequence[Metric], pairs: Pairs, progress: Progress
) -> list[MetricResult]:
    """Every metric's result, the primary one first; then secondary ones, guardrails and the rest."""
    results = [_result(gathered, experiment, metric, pairs, progress) for metric in metrics]
    ordered = sorted(results, key=lambda result: list(Role).index(result.role))
    return [result for role in Role for result in _adjusted(role, [each for each in ordered if each.role is role])]


def _result(
    gathered: Gathered, experiment: Experiment, metric: Metric, pairs: Pairs, progress: Progress
) -> MetricResult:
    comparer, arms = Comparer(gathered.measured), gathered.measured.arms
    editions = comparer.editions(metric)
    parts, names = Parts.of(metric, editions), [variant.name for variant in experiment.variants]
    guardrail = next((rail for rail in experiment.guardrails if rail.metric is metric.name), None)
    return MetricResult(
        name=metric.name,
        title=metric.title,
        people=metric.people,
        unit=metric.unit,
        per=metric.per,
        role=_role(metric.name, experiment),
        more_is_better=metric.more_is_better,
        caveat=metric.caveat,
        editions=list(editions),
        pending=sum(gathered.windows[name].open[metric.horizon] for name in editions),
        query=_query(metric),
        arms=[ArmValue(name, *parts.totals(arms.get(name)), value_of(arms.get(name), parts)) for name in names],
        comparisons=[_compared(comparer, metric, pair, pairs, progress, guardrail) for pair in pairs],
    )


def _query(metric: Metric) -> str:
    count, of = metric.columns
    return f'SELECT variant, sum("{count}"), sum("{of}") FROM persons GROUP BY variant ORDER BY variant'


def _role(name: MetricName, experiment: Experiment) -> Role:
    if name is experiment.primary:
        return Role.PRIMARY
    if name in experiment.secondary:
        return Role.SECONDARY
    declared = any(rail.metric is name for rail in experiment.guardrails)
    return Role.GUARDRAIL if declared or name in _GUARDRAILS else Role.EXPLORATORY


def _compared(
    comparer: Comparer,
    metric: Metric,
    pair: tuple[str, str],
    pairs: Pairs,
    progress: Progress,
    guardrail: Guardrail | None,
) -> Comparison:
    contrast = comparer.plain(metric, *pair)
    return Comparison(
        *pair,
        planned=pair in pairs.planned,
        contrast=contrast,
        with_before=comparer.with_before(metric, *pair),
        anytime=sequence(contrast, progress.fraction) if contrast and contrast.standard_error else None,
        guarded=_guarded(contrast, metric, guardrail) if guardrail else None,
    )


def _guarded(contrast: Contrast | None, metric: Metric, guardrail: Guardrail) -> Guarded:
    margin = Margin(guardrail.margin, guardrail.relative, more_is_worse=not metric.more_is_better)
    found = noninferiority(contrast, margin)
    return Guarded(guardrail.margin, guardrail.relative, found.verdict.value, found.p_value)


def _adjusted(role: Role, results: Sequence[MetricResult]) -> list[MetricResult]:
    """With p-values adjusted over the planned comparisons of all metrics of one role."""
    p_values = {
        f"{result.name} {pair.variant} {pair.against}": pair.contrast.p_value
        for result in results
        for pair in result.comparisons
        if pair.planned and pair.contrast
    }
    adjusted = (holm if role is Role.PRIMARY else benjamini_hochberg)(p_values)

    def with_adjusted(result: MetricResult, pair: Comparison) -> Comparison:
        return replace(pair, adjusted_p=adjusted.get(f"{result.name} {pair.variant} {pair.against}"))

    return [
        replace(result, comparisons=[with_adjusted(result, pair) for pair in result.comparisons])
        for result in results
    ]
