"""The verdict: one honest sentence for each planned comparison; "too early to tell" is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaigns.analysis.estimates import CONFIDENCE, Contrast, Estimate
from campaigns.report import wording
from campaigns.report.metric_result import ArmValue, Comparison, MetricResult
from campaigns.report.metrics import BY_NAME, Unit
from campaigns.report.result import Arm, Finding, Verdict
from campaigns.report.scrutiny import Check, Look


def judge(primary: MetricResult, arms: Sequence[Arm], checks: Sequence[Check], look: Look | None) -> list[Verdict]:
    """What may be said, by the first of these that applies.

    Nothing to compare; a sample-ratio alarm voids it all; windows still open; no look due; and only then each
    planned comparison.
    """
    about_all = _nothing(primary, arms) or _void(checks) or _too_early(primary) or _not_due(look)
    if about_all:
        return [about_all]
    values = {arm.variant: arm for arm in primary.arms}
    return [_compare(primary, pair, values, look) for pair in primary.comparisons if pair.planned]


def _nothing(primary: MetricResult, arms: Sequence[Arm]) -> Verdict | None:
    empty = [wording.spoken(arm.variant) for arm in arms if not arm.funnel["assigned"]]
    if len(arms) == 1:
        reason = "the campaign has a single variant"
    elif empty:
        reason = f"nobody was assigned to {' or '.join(empty)}"
    elif not any(arm.funnel["sent"] for arm in arms):
        reason = "nothing has been sent yet"
    elif not primary.pending and not any(arm.count for arm in primary.arms):
        reason = "nobody completed anything; have the app's completions been ingested?"
    else:
        return None
    return Verdict(
        "", Finding.NOTHING_TO_COMPARE, "Nothing to compare", _sentence(f"There is nothing to compare: {reason}")
    )


def _void(checks: Sequence[Check]) -> Verdict | None:
    alarm = next((check for check in checks if check.alarm and check.voids), None)
    if alarm is None or alarm.p_value is None:
        return None
    where = f"“{alarm.title.lower()}”" + (f" in {alarm.edition}" if alarm.edition else "")
    sentence = (
        f"The arms are not of the sizes that were declared, first at {where} (sample-ratio check, "
        f"{wording.probability(alarm.p_value)}), so something other than chance decided who is counted and a "
        f"difference between them proves nothing. Look first at {alarm.suspect}."
    )
    return Verdict("", Finding.VOID, "No verdict: the arms are out of proportion", sentence)


def _too_early(primary: MetricResult) -> Verdict | None:
    if not primary.pending:
        return None
    people = sum(arm.of for arm in primary.arms)
    days = BY_NAME[primary.name].horizon
    window = "24 hours" if days == 1 else f"{days} days"
    sentence = (
        f"{wording.count(primary.pending)} of {wording.count(people)} people are still within their {window}."
    )
    return Verdict("", Finding.TOO_EARLY, "Too early to tell", sentence)


def _not_due(look: Look | None) -> Verdict | None:
    if look is None or look.due:
        return None
    return Verdict("", Finding.TOO_EARLY, "Too early to tell", _capital(look.sentence))


def _compare(
    primary: MetricResult, pair: Comparison, values: Mapping[str, ArmValue], look: Look | None
) -> Verdict:
    names = wording.spoken(pair.variant), wording.spoken(pair.against)
    contrast = pair.contrast
    after, before = values[pair.variant].estimate, values[pair.against].estimate
    if contrast is None or after is None or before is None:
        sentence = f"{names[0]} and {names[1]} cannot be compared: nobody in them differs from another"
        return Verdict(pair.variant, Finding.NO_DIFFERENCE_SHOWN, "Nothing to tell apart", _sentence(sentence))
    finding = _finding(primary, pair, contrast, look)
    words = _undecided if finding is Finding.NO_DIFFERENCE_SHOWN else _decided
    numbers = _numbers(primary, pair, contrast, look)
    return Verdict(
        pair.variant,
        finding,
        _headline(names, finding),
        _sentence(words(names, _found(primary, after, before, names), numbers, primary)),
    )


def _finding(primary: MetricResult, pair: Comparison, contrast: Contrast, look: Look | None) -> Finding:
    """By the declared look's boundary where there are several looks, else by adjusted p-value and interval."""
    if look is None:
        corrected = contrast.p_value if pair.adjusted_p is None else pair.adjusted_p
        tells = contrast.tells and corrected < 1 - CONFIDENCE
    else:
        tells = f"{pair.variant} - {pair.against}" in look.crossed
    if not tells:
        return Finding.NO_DIFFERENCE_SHOWN
    return Finding.BETTER if (contrast.difference.value > 0) == primary.more_is_better else Finding.WORSE


def _headline(names: tuple[str, str], finding: Finding) -> str:
    words = {
        Finding.BETTER: f"{names[0]} did better than {names[1]}",
        Finding.WORSE: f"{names[0]} did worse than {names[1]}",
    }
    return _capital(words.get(finding, "Too early to tell"))


def _found(primary: MetricResult, after: Estimate, before: Estimate, names: tuple[str, str]) -> str:
    ours, theirs = (wording.value(arm.value, primary.unit) for arm in (after, before))
    what = primary.title[:1].lower() + primary.title[1:]
    if primary.unit is Unit.SHARE:
        return f"{ours} {what}, against {theirs} in {names[1]}"
    return f"{what}: {ours} a {primary.per}, against {theirs} in {names[1]}"


def _numbers(primary: MetricResult, pair: Comparison, contrast: Contrast, look: Look | None) -> str:
    name = f"{pair.variant} - {pair.against}"
    several = look is not None and name in look.interval
    interval = look.interval[name] if look is not None and several else contrast.difference
    corrected = pair.adjusted_p is not None and pair.adjusted_p != contrast.p_value
    p_value = pair.adjusted_p if corrected and pair.adjusted_p is not None else contrast.p_value
    return (
        f"{wording.difference(contrast.difference, primary.unit).replace('points', 'percentage points')} "
        f"(95% interval {wording.span(interval, primary.unit)}{', valid over all looks' if several else ''}; "
        f"{wording.probability(p_value)}{' by Holm' if corrected else ''})"
    )


def _decided(names: tuple[str, str], found: str, numbers: str, primary: MetricResult) -> str:
    return f"in {names[0]} {found}: {numbers}, over {primary.people}"


def _undecided(names: tuple[str, str], found: str, numbers: str, primary: MetricResult) -> str:
    return (
        f"{names[0]} and {names[1]} cannot be told apart yet: in {names[0]} {found}, a difference of "
        f"{numbers} that chance alone could make, over {primary.people}"
    )


def _sentence(text: str) -> str:
    return _capital(text) + ("" if text.endswith("?") else ".")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
