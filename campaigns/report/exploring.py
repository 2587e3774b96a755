"""The exploring: the primary metric by week and by segment. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Mapping

from campaigns.analysis.estimates import Contrast
from campaigns.analysis.segments import segments
from campaigns.report.comparing import Parts, contrast_of
from campaigns.report.explored import Effect, Effects
from campaigns.report.judging import Pairs
from campaigns.report.measuring import ByVariant, Measured
from campaigns.report.metrics import Metric, Unit


def by_week(measured: Measured, primary: Metric, pairs: Pairs) -> list[Effects]:
    """The effect since the experiment's start: whether it wears off, or people get used to it."""
    editions = measured.counted[primary.horizon]
    parts = Parts(primary.numerator, primary.denominator, yes_or_no=primary.unit is Unit.SHARE)
    weeks = {edition: arms for edition, arms in measured.weeks.items() if edition in editions}
    return [Effects("edition", *pair, _effects(weeks, parts, pair)) for pair in pairs] if len(weeks) > 1 else []


def by_segment(measured: Measured, primary: Metric, pairs: Pairs) -> list[Effects]:
    """The effect in groups of people, shrunk towards what they have in common."""
    parts = Parts.of(primary, measured.counted[primary.horizon])
    return [
        _shrunk(Effects(name, *pair, _effects(groups, parts, pair)))
        for name, groups in measured.segments.items()
        for pair in pairs.planned
        if groups
    ]


def _effects(groups: Mapping[str, ByVariant], parts: Parts, pair: tuple[str, str]) -> list[Effect]:
    variant, against = pair
    return [
        Effect(
            group=group,
            people=sum(arms[name].people for name in pair if name in arms),
            contrast=contrast_of(arms.get(against), arms.get(variant), parts),
        )
        for group, arms in groups.items()
    ]


def _shrunk(found: Effects) -> Effects:
    contrasts: dict[str, Contrast] = {each.group: each.contrast for each in found.effects if each.contrast}
    together = segments(contrasts)
    if together is None:
        return found
    effects = [
        Effect(each.group, each.people, each.contrast, together.shrunk.get(each.group)) for each in found.effects
    ]
    return Effects(found.by, found.variant, found.against, effects, together.p_value)
