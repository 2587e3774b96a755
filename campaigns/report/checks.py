"""The checks: are the arms of the declared sizes, at every step from eligibility to the click?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from campaigns.analysis.sample_ratio import ALARM_BELOW, sample_ratio
from campaigns.ground.experiment import Experiment, Scheme
from campaigns.report.gather import Gathered
from campaigns.report.scrutiny import Check
from campaigns.report.steps import CHECKED, ELIGIBLE, Step

OVERALL = ""


def check_ratios(gathered: Gathered, experiment: Experiment) -> list[Check]:
    """Every step's checks, in the order of the steps.

    Each edition is checked by itself. Over several, people are checked who ever came so far, for a person's weeks
    are not independent; where they are assigned anew each week, emails are. The alarm's 0.001 is divided among the
    checks of a step.
    """
    shares = {variant.name: variant.share for variant in experiment.variants}
    return [check for step in CHECKED for check in _of_step(step, _observed(gathered, experiment, step), shares)]


def _observed(gathered: Gathered, experiment: Experiment, step: Step) -> Mapping[str, Mapping[str, int]]:
    """People by edition and variant; with several editions also over all of them."""
    names = [variant.name for variant in experiment.variants]
    editions = {
        edition: {name: _reached(gathered, edition, name, step) for name in names} for edition in gathered.windows
    }
    if len(editions) == 1:
        return {OVERALL: next(iter(editions.values()))}
    sums = {name: sum(counts[name] for counts in editions.values()) for name in names}
    people = {name: gathered.measured.reached.get(name, {}).get(step.name, 0) for name in names}
    if step is ELIGIBLE:  # those turned away are counted, and not named
        return editions
    return {OVERALL: sums if experiment.scheme is Scheme.WEEKLY else people, **editions}


def _reached(gathered: Gathered, edition: str, variant: str, step: Step) -> int:
    counts = gathered.funnel.get(edition, {}).get(variant, {})
    if step is ELIGIBLE:
        return counts.get("assigned", 0) + gathered.windows[edition].turned_away.get(variant, 0)
    return counts.get(step.name, 0)


def _of_step(
    step: Step, observed: Mapping[str, Mapping[str, int]], shares: Mapping[str, float]
) -> Sequence[Check]:
    checks = [_check(step, edition, counts, shares) for edition, counts in observed.items()]
    limit = ALARM_BELOW / len(checks)
    return [replace(check, alarm=check.p_value is not None and check.p_value < limit) for check in checks]


def _check(step: Step, edition: str, counts: Mapping[str, int], shares: Mapping[str, float]) -> Check:
    result = sample_ratio(counts, shares)
    return Check(
        step=step.name,
        title=step.title,
        edition=edition,
        observed=dict(result.observed),
        expected=dict(result.expected),
        statistic=result.statistic,
        p_value=result.p_value,
        alarm=result.alarm,
        voids=step.voids,
        suspect=step.suspect,
    )
