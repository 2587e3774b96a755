"""The verdict: one honest sentence for each variant against the baseline; "too early to tell" is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaigns.analysis.estimates import Contrast, Estimate
from campaigns.report import wording
from campaigns.report.metrics import WINDOW_HOURS
from campaigns.report.result import Arm, ArmRate, Check, Comparison, Finding, MetricResult, Verdict


def judge(primary: MetricResult, arms: Sequence[Arm], checks: Sequence[Check]) -> list[Verdict]:
    """What may be said, by the first of these that applies.

    Nothing to compare; a sample-ratio alarm voids it all; windows still open; and only then each
    variant's difference.
    """
    about_all = _nothing(primary, arms) or _void(checks) or _too_early(primary)
    if about_all:
        return [about_all]
    rates = {arm.variant: arm for arm in primary.arms}
    return [_compare(comparison, rates) for comparison in primary.comparisons]


def _nothing(primary: MetricResult, arms: Sequence[Arm]) -> Verdict | None:
    empty = [wording.spoken(arm.variant) for arm in arms if not arm.funnel["assigned"]]
    if len(arms) == 1:
        reason = "the campaign has a single variant"
    elif empty:
        reason = f"nobody was assigned to {' or '.join(empty)}"
    elif not any(arm.funnel["sent"] for arm in arms):
        reason = "nothing has been sent yet"
    elif not primary.pending and not any(arm.successes for arm in primary.arms):
        reason = "nobody completed anything; have the app's completions been ingested?"
    else:
        return None
    return Verdict(
        "", Finding.NOTHING_TO_COMPARE, "Nothing to compare", _sentence(f"There is nothing to compare: {reason}")
    )


def _void(checks: Sequence[Check]) -> Verdict | None:
    alarm = next((check for check in checks if check.alarm), None)
    if alarm is None or alarm.p_value is None:
        return None
    sentence = (
        f"The arms are not of the sizes that were declared, first at “{alarm.title.lower()}” "
        f"(sample-ratio check, {wording.probability(alarm.p_value)}), so something other than chance decided who "
        "is counted and a difference between them proves nothing."
    )
    return Verdict("", Finding.VOID, "No verdict: the arms are out of proportion", sentence)


def _too_early(primary: MetricResult) -> Verdict | None:
    if not primary.pending:
        return None
    people = sum(arm.people for arm in primary.arms)
    sentence = (
        f"{wording.count(primary.pending)} of {wording.count(people)} people are still within "
        f"their {WINDOW_HOURS} hours."
    )
    return Verdict("", Finding.TOO_EARLY, "Too early to tell", sentence)


def _compare(comparison: Comparison, rates: Mapping[str, ArmRate]) -> Verdict:
    contrast = comparison.contrast
    after, before = rates[comparison.variant].rate, rates[comparison.baseline].rate
    assert contrast is not None
    assert after is not None
    assert before is not None
    names = wording.spoken(comparison.variant), wording.spoken(comparison.baseline)
    finding = _finding(contrast)
    sentence = (_undecided if finding is Finding.NO_DIFFERENCE_SHOWN else _decided)(names, after, before, contrast)
    return Verdict(comparison.variant, finding, _headline(names[0], finding), sentence)


def _headline(variant: str, finding: Finding) -> str:
    words = {Finding.BETTER: f"{variant} did better", Finding.WORSE: f"{variant} did worse"}
    return _capital(words.get(finding, "Too early to tell"))


def _finding(contrast: Contrast) -> Finding:
    if not contrast.tells:
        return Finding.NO_DIFFERENCE_SHOWN
    return Finding.BETTER if contrast.difference.value > 0 else Finding.WORSE


def _decided(names: tuple[str, str], after: Estimate, before: Estimate, contrast: Contrast) -> str:
    direction = "more" if contrast.difference.value > 0 else "fewer"
    return _sentence(
        f"{names[0]} led {direction} people to complete something within {WINDOW_HOURS} hours: "
        f"{wording.percent(after.value)} against {wording.percent(before.value)} in {names[1]}, "
        f"{wording.points(contrast.difference.value)} percentage points "
        f"(95% interval {wording.interval(contrast.difference)}; {wording.probability(contrast.p_value)})"
    )


def _undecided(names: tuple[str, str], after: Estimate, before: Estimate, contrast: Contrast) -> str:
    return _sentence(
        f"{names[0]} and {names[1]} cannot be told apart yet: {wording.percent(after.value)} against "
        f"{wording.percent(before.value)} completed something within {WINDOW_HOURS} hours, a difference of "
        f"{wording.points(contrast.difference.value)} percentage points that chance alone could make "
        f"(95% interval {wording.interval(contrast.difference)}; {wording.probability(contrast.p_value)})"
    )


def _sentence(text: str) -> str:
    return _capital(text) + ("" if text.endswith("?") else ".")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
