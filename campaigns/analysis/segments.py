"""Effects by segment, shrunk towards their common value: exploratory, never a verdict.

Among ten segments the best looks better than it is. Shrinkage takes back as much of each segment's deviation
as chance is likely to have made, so that the segments may be read side by side.

Sources:
    Spread between segments: DerSimonian & Laird (Control. Clin. Trials 7, 1986, 177-188).
    Heterogeneity: Cochran's Q (Biometrics 10, 1954, 101-129); I squared: Higgins & Thompson (Stat. Med. 21,
    2002, 1539-1558).
    Shrinkage: empirical Bayes with intervals that know that the spread is estimated (Morris, "Parametric
    Empirical Bayes Inference", J. Am. Stat. Assoc. 78, 1983, 47-55). Nothing is shrunk where there
    are three segments or fewer: they do not tell their spread.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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
    >>> completed = {"de": 310, "en": 390, "es": 330, "fr": 300, "it": 340}
    >>> by_language = {name: contrast(Count(900, 300), Count(900, n)) for name, n in completed.items()}
    >>> {name: round(effect.value, 3) for name, effect in segments(by_language).shrunk.items()}
    {'de': 0.0..., 'en': 0.0..., 'es': 0.0..., 'fr': 0.0..., 'it': 0.0...}
    """
    effects = {
        name: _Effect(contrast.difference.value, contrast.standard_error**2)
        for name, contrast in contrasts.items()
        if contrast.standard_error
    }
    if len(effects) < 2:  # noqa: PLR2004 - one segment has nothing to be compared with
        return None
    fixed = _Pool([*effects.values()])
    q, freedom = fixed.deviations, len(effects) - 1
    pool = _Pool(fixed.effects, between=fixed.excess)
    return Segments(
        common=pool.common.interval(confidence),
        spread=math.sqrt(pool.between),
        shrunk={name: pool.shrunk(effect).interval(confidence) for name, effect in effects.items()},
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


class _Pool:
    """Effects that differ by chance, and by a variance `between` them."""

    def __init__(self, effects: Sequence[_Effect], between: float = 0.0) -> None:
        self.effects, self.between = effects, between
        self.weights = [1 / (effect.variance + between) for effect in effects]
        self.common = _Effect(self._mean(effect.value for effect in effects), 1 / sum(self.weights))

    @property
    def deviations(self) -> float:
        """Cochran's Q, where nothing is between the effects but chance."""
        return sum(
            weight * (effect.value - self.common.value) ** 2
            for weight, effect in zip(self.weights, self.effects, strict=True)
        )

    @property
    def excess(self) -> float:
        """DerSimonian and Laird's variance between the effects."""
        scale = sum(self.weights) - sum(weight**2 for weight in self.weights) / sum(self.weights)
        return max(0.0, (self.deviations - (len(self.effects) - 1)) / scale)

    def shrunk(self, effect: _Effect) -> _Effect:
        """Between its own value and the common one, by how far each is to be trusted (Morris)."""
        telling = len(self.effects) - 3
        if telling <= 0:
            return effect
        own, typical = effect.variance, self._mean(other.variance for other in self.effects)
        taken = telling / (len(self.effects) - 1) * own / (own + self.between)
        away = taken * (effect.value - self.common.value)
        unsure = 2 / telling * (typical + self.between) / (own + self.between) * away**2
        return _Effect(effect.value - away, own * (1 - taken) + taken**2 * self.common.variance + unsure)

    def _mean(self, values: Iterable[float]) -> float:
        weighed = (weight * value for weight, value in zip(self.weights, values, strict=True))
        return sum(weighed) / sum(self.weights)
