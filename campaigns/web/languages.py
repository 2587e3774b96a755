"""Which of our languages somebody reads best."""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 500
"""Characters of a header that are looked at; a browser's has some 50."""


def preferred(accepted: str, spoken: Sequence[str]) -> str:
    """The spoken language that an Accept-Language header (RFC 9110, 12.5.4) weighs most.

    Args:
        accepted: the header, such as `de-AT,de;q=0.9,en;q=0.5`; what cannot be read in it counts for nothing.
        spoken: primary languages; the first is for whoever reads none of them.
    """
    weights = dict.fromkeys(spoken, 0.0)
    for part in accepted[:_LONGEST].split(","):
        tag, _, weight = part.replace(" ", "").partition(";q=")
        language = tag.partition("-")[0].lower()
        if language in weights:
            weights[language] = max(weights[language], _weight(weight))
    return max(spoken, key=lambda language: weights[language])


def _weight(text: str) -> float:
    try:
        weight = float(text or 1)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
