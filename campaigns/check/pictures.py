"""Pictures that lie on this machine: whether they are there, and not too heavy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from campaigns.check.kinds import HEAVY_IMAGE, MISSING_IMAGE, Problem
from campaigns.check.page.markup import Weigh


def local_scales(max_kilobytes: int) -> Weigh:
    """Weighs `file:` pictures, each once; of others nothing can be told from here."""

    @cache
    def weigh(address: str) -> Problem | None:
        parts = urlsplit(address)
        if parts.scheme != "file":
            return None
        try:
            size = Path(url2pathname(parts.path)).stat().st_size
        except (OSError, ValueError) as error:
            return Problem(MISSING_IMAGE, f"{address}: {getattr(error, 'strerror', None) or error}")
        return heaviness(address, size, max_kilobytes)

    return weigh


def heaviness(address: str, size: int, max_kilobytes: int) -> Problem | None:
    """The problem of a picture of so many bytes, if it is one."""
    if size <= max_kilobytes * 1_024:
        return None
    return Problem(HEAVY_IMAGE, f"{address}: {size / 1_024:,.0f} KB, wanted at most {max_kilobytes} KB")
