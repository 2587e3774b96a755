"""A provider's words, fit for a receipt, an error and a log."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"""(?:"[^"]*"|[^\s"<>(),;:]+)@[^\s"'<>(),;]+""")
_LONGEST = 200  # characters


def one_line(words: str) -> str:
    """One line of them, without addresses, which servers like to repeat."""
    return _ADDRESS.sub("address", " ".join(words.split()))[:_LONGEST]
