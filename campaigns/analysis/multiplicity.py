"""Several tests at once: p-values adjusted for their number.

Sources:
    Holm (Scand. J. Stat. 6, 1979, 65-70): no false alarm among all, whatever depends on what; for planned
    contrasts.
    Benjamini & Hochberg (J. R. Stat. Soc. B 57, 1995, 289-300): few false ones among those called; for
    secondary metrics.
"""

from __future__ import annotations

from collections.abc import Mapping

from scipy.stats import false_discovery_control


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted so that all below alpha may be called, and none is called wrongly more often than alpha.

    >>> holm({"personalised - control": 0.01, "personalised - popular": 0.04, "popular - control": 0.03})
    {'personalised - control': 0.03, 'personalised - popular': 0.06, 'popular - control': 0.06}
    """
    adjusted, so_far = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        so_far = max(so_far, min(1.0, p_values[name] * (len(p_values) - rank)))
        adjusted[name] = so_far
    return {name: adjusted[name] for name in p_values}


def benjamini_hochberg(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted so that of those called below q, a share of q is wrong, in expectation.

    >>> benjamini_hochberg({"clicked": 0.01, "completion_days_7": 0.04})
    {'clicked': 0.02, 'completion_days_7': 0.04}
    """
    if not p_values:
        return {}
    adjusted = false_discovery_control(list(p_values.values()), method="bh")
    return {name: float(value) for name, value in zip(p_values, adjusted, strict=True)}
