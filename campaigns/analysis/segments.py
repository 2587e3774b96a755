"""Effects by segment, shrunk towards their common value: exploratory, never a verdict.

Among ten segments the best looks better than it is. Shrinkage takes back as much of each segment's deviation
as chance is likely to have made, so that the segments may be read side by side.

Sources:
    Spread between segments: DerSimonian & Laird (Control. Clin. Trials 7, 1986, 177-188).
    Heterogeneity: Cochran's Q (Biometrics 10, 1954, 101-129); I squared: Higgins & Thompson (Stat. Med. 21,
    2002, 1539-1558).
    Shrinkage: empirical Bayes for normal effects (Efron & Morris, J. Am. Stat. Assoc. 70, 1975, 311-319), the
    error of the common value included (Morris, J. Am. Stat. Assoc. 78, 1983, 47-55, eq. 1.14 without its terms
    for the estimated spread, so that intervals are a little short where segments are few).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy.special import chdtrc, ndtri

from campaigns.analysis.estimates import CONFIDENCE, Contrast, Estimate


@dataclass(frozen=True, slots=True)
class Segments:
    """All segments of one kind: languages, say.

    Attributes:
        common: the effect over all segments, were it the same in each but for a spread.
        spread: the standard deviation of the true effects between segments, as estimated; 0 when chance
            explains all the deviations.
        shrunk: each segment's effect, shrunk.
        q: Cochran's statistic.
        p_value: of no heterogeneity at all.
        i_squared: the share of the deviations that is not chance's, 0 to 1.
    """

    common: Estimate
    spread: float
    shrunk: Mapping[str, Estimate]
    q: float
    p_value: float
    i_squared: float


def segments(contrasts: Mapping[str, Contrast], *, confidence: float = CONFIDENCE) -> Segments | None:
    """Shrink the differences by segment; None for fewer than two segments with a standard error.

    The segments must share no people.

    >>> from campaigns.analysis.proportions import Count, contrast
    >>> found = segments({
    ...     "de": contrast(Count(900, 300), Count(900, 310)),
    ...     "en": contrast(Count(900, 300), Count(900, 390)),
    ... })
    >>> {language: round(effect.value, 3) for language, effect in found.shrunk.items()}
    {'de': 0.0..., 'en': 0.0...}
    """
    effects = {
        name: _Effect(contrast.difference.value, contrast.standard_error**2)
        for name, contrast in contrasts.items()
        if contrast.standard_error
    }
    if len(effects) < 2:  # noqa: PLR2004 - one segment has nothing to be shrunk towards
        return None
    q, between = _heterogeneity([*effects.values()])
    common = _common([*effects.values()], between)
    freedom = len(effects) - 1
    return Segments(
        common=common.interval(confidence),
        spread=math.sqrt(between),
        shrunk={name: _shrunk(effect, common, between).interval(confidence) for name, effect in effects.items()},
        q=q,
        p_value=float(chdtrc(freedom, q)),
        i_squared=max(0.0, 1 - freedom / q) if q else 0.0,
    )


@dataclass(frozen=True, slots=True)
class _Effect:
    value: float
    variance: float

    def interval(self, confidence: float) -> Estimate:
        reach = float(ndtri((1 + confidence) / 2)) * math.sqrt(self.variance)
        return Estimate(self.value, self.value - reach, self.value + reach)


def _heterogeneity(effects: list[_Effect]) -> tuple[float, float]:
    """Cochran's Q, and DerSimonian and Laird's variance between segments."""
    fixed = _common(effects, 0.0)
    weights = [1 / effect.variance for effect in effects]
    q = sum((effect.value - fixed.value) ** 2 / effect.variance for effect in effects)
    scale = sum(weights) - sum(weight**2 for weight in weights) / sum(weights)
    return q, max(0.0, (q - (len(effects) - 1)) / scale)


def _common(effects: list[_Effect], between: float) -> _Effect:
    weights = [1 / (effect.variance + between) for effect in effects]
    value = sum(weight * effect.value for weight, effect in zip(weights, effects, strict=True)) / sum(weights)
    return _Effect(value, 1 / sum(weights))


def _shrunk(effect: _Effect, common: _Effect, between: float) -> _Effect:
    """Between the segment's own value and the common one, by how far each is to be trusted."""
    taken = effect.variance / (effect.variance + between)
    value = effect.value + taken * (common.value - effect.value)
    return _Effect(value, effect.variance * (1 - taken) + taken**2 * common.variance)
