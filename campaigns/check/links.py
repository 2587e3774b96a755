"""Whether an address can be followed, as far as its own letters tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from campaigns.check.kinds import BAD_LINK, BROKEN_LINK, Kind, Problem
from campaigns.check.page.tokens import VALUE

_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE)
_MAILBOX = re.compile(r"mailto:[^@\s?,]+@[^@\s?,]+\.[^@\s?,]+(?:\?\S*)?", re.IGNORECASE)
_UNFIT = re.compile(r"[\s<>{}|\\^`]|%(?![0-9A-Fa-f]{2})|\[\[")
_NOTHING = re.compile(r"[/=](?:None|null|undefined|nan)(?=[/?&#]|$)")


def address_problem(
    address: str, schemes: Sequence[str], bad: Kind = BAD_LINK, broken: Kind = BROKEN_LINK
) -> Problem | None:
    """What is wrong with a link, or a picture's address, without asking a network.

    Args:
        address: as a mail client reads it.
        schemes: what it may begin with.
        bad: the kind of one that begins with something else.
        broken: the kind of one that leads nowhere.
    """
    if address.startswith(VALUE):
        return None  # looked at with each reader's own
    if not address.startswith(tuple(f"{scheme}:" for scheme in schemes)):
        return Problem(bad, address or "an empty address")
    if _UNFIT.search(address) or _NOTHING.search(address) or not _leads_somewhere(address):
        return Problem(broken, address)
    return None


def _leads_somewhere(address: str) -> bool:
    if address.startswith("mailto:"):
        return VALUE in address or _MAILBOX.fullmatch(address) is not None
    if not address.startswith(("https:", "http:")):
        return True
    try:
        host = urlsplit(address).hostname or ""
        host = host if VALUE in host else host.encode("idna").decode()
    except ValueError:  # what is in brackets is no address, or a label is too long
        return False
    return VALUE in host or _HOST.fullmatch(host) is not None
