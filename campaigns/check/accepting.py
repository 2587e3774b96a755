"""How grave a problem is to a campaign that has said what it accepts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from campaigns.check.finding import Severity
from campaigns.check.kinds import KINDS, UNSUPPORTED, Kind
from campaigns.check.page.support import features
from campaigns.ground.errors import ConfigurationError

Gravity = Callable[[Kind], Severity | None]
"""A kind's severity; None where it is not to be told."""


def gravity(accepted: Sequence[str]) -> Gravity:
    """What is accepted is one step less grave: an error becomes a warning, a warning is not told.

    Args:
        accepted: codes; `unsupported` stands for every `unsupported.…`.

    Raises:
        ConfigurationError: one of them is no problem's.
    """
    codes = {kind.code for kind in KINDS} | {feature.kind.code for feature in features()} | {UNSUPPORTED}
    if unknown := [code for code in accepted if code not in codes]:
        raise ConfigurationError(
            f"campaign.toml: `check.accept` has {unknown[0]!r}, which is no problem's code; wanted some of "
            f"{', '.join(sorted(code for code in codes if not code.startswith(f'{UNSUPPORTED}.')))}, or such as "
            f"{UNSUPPORTED}.border_radius"
        )
    return cache(lambda kind: _accepted(kind.severity) if _is_in(kind.code, accepted) else kind.severity)


def _accepted(severity: Severity) -> Severity | None:
    return Severity.WARNING if severity is Severity.ERROR else None


def _is_in(code: str, accepted: Sequence[str]) -> bool:
    return code in accepted or code.partition(".")[0] in accepted
