"""Discretion: what of a text may stand in a log or a run's record, where nobody's data belong.

Errors quote what they found wrong, and that may be somebody's id, name or address; addresses of web pages may hold
a token or a password. Settings' keys stand in backticks, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MASK = "[…]"

_AT = r"(?:@|%40|\N{FULLWIDTH COMMERCIAL AT}|\N{SMALL COMMERCIAL AT})"
_ADDRESS = re.compile(rf'(?:"[^"\n]*"|\S*){_AT}\S*', re.IGNORECASE)
_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://)(?:[^\s/?#]*@)?([^\s/?#]*)([/?#]\S*)?", re.IGNORECASE)
_QUOTED = re.compile(r"(?<!\w)'(?:[^'\\\n]|\\.)*'(?!\w)|(?<!\w)\"(?:[^\"\\\n]|\\.)*\"(?!\w)")
_TICKET = re.compile(r"(?<![\w-])[0-9a-f]{32}\.[0-9a-f]{1,9}\.[\w-]{24}(?![\w-])", re.ASCII)
"""Whoever has a delivery's (`campaigns.links`) can unsubscribe its reader."""
_TOKEN = re.compile(r"(?<![\w-])(?=[\w-]*[g-z])(?=[\w-]*[A-Z])[A-Za-z0-9_-]{24,}(?![\w-])")
"""Long, and neither a hexadecimal number, as delivery ids and hashes are, nor words: a key or a password."""

_PERSONAL = frozenset({"--delivery", "--name", "--to", "--user"})
"""Options of commands whose values say who somebody is."""


def discreet(text: str) -> str:
    """A text without addresses, quoted values, tokens, and whatever follows the host in a link."""
    text = _URL.sub(lambda found: f"{found[1]}{found[2]}{f'/{MASK}' if found[3] else ''}", text)
    for told in (_ADDRESS, _QUOTED, _TICKET, _TOKEN):
        text = told.sub(MASK, text)
    return text


def discreet_arguments(arguments: Iterable[str]) -> Iterator[str]:
    """A command line, without the values of options that name somebody."""
    hidden = False
    for argument in arguments:
        option, given, _ = argument.partition("=")
        if hidden:
            yield MASK
        elif given and option in _PERSONAL:
            yield f"{option}={MASK}"
        else:
            yield discreet(argument)
        hidden = not hidden and argument in _PERSONAL
