"""An email address: as it stands on the wire, and as it is known where addresses are not kept."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

from campaigns.ground.errors import MessageError

_ATOM = r"[^\s\x00-\x20\x7f\ud800-\udfff<>()\[\],;:\\\"@]+"
_ADDRESS = re.compile(f"{_ATOM}@{_ATOM}")
_LONGEST = 254  # bytes: RFC 5321, 4.5.3.1.3 allows a path of 256, its angle brackets included
_KEY_DIGITS = 32  # hexadecimal: 128 bits


def wire_address(address: str) -> str:
    """The address with its domain in ASCII (IDNA); a non-ASCII local part stays, and needs SMTPUTF8 (RFC 6531).

    Raises:
        MessageError: it is no plain `local@domain`; quoted local parts are not supported.
    """
    if not _ADDRESS.fullmatch(address):
        raise MessageError(_refusal("it is not of the form local@domain"))
    local, _, domain = address.partition("@")
    wire = address if address.isascii() else f"{local}@{_ascii_domain(domain)}"
    if len(wire.encode()) > _LONGEST:
        raise MessageError(_refusal(f"it is longer than {_LONGEST} bytes"))
    return wire


def address_key(address: str) -> str:
    """What an address is known by where addresses are not kept. The engine's `sql/audience/people.sql` agrees."""
    return sha256(address.strip(" ").lower().encode()).hexdigest()[:_KEY_DIGITS]


@lru_cache(maxsize=1024)
def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise MessageError(_refusal("its domain cannot be written in ASCII (IDNA)")) from None


def _refusal(reason: str) -> str:
    """Without the address: errors end up in logs and ledgers, where no personal data belongs."""
    return f"an email address cannot be put on the wire: {reason}; correct it in the users table"
