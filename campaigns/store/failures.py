"""A database's failures, as sentences that say which ledger, what happened and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

from sqlalchemy.exc import DBAPIError, IntegrityError

from campaigns.ground.errors import LedgerError

_REMEDIES = MappingProxyType(
    {
        "database is locked": "is locked by another process: wait for it to end, or find and stop it",
        "database or disk is full": "cannot grow, its disk is full: free some space and run the command again",
        "disk i/o error": "cannot be read or written, its disk reports an error: check the disk",
        "file is not a database": (
            "is not an SQLite database: name another file as the ledger, or put back a copy of the right one"
        ),
        "malformed": "is damaged: keep the file as it is, and put back the last copy that was sound",
        "unable to open database file": "cannot be opened: check that its folder exists and may be written to",
        "readonly database": "cannot be written: give this user the right to write the file and its folder",
    }
)
"""What SQLite says (sqlite.org/rescode.html), and what it means for whoever has to act."""


@contextmanager
def readable_failures(ledger: str) -> Iterator[None]:
    """Turn whatever the database raises inside into a LedgerError about the ledger of that name."""
    try:
        yield
    except IntegrityError as failure:
        raise LedgerError(
            f"ledger {ledger}: a person or a delivery is named twice, and nothing was written; {failure.orig}"
        ) from failure
    except DBAPIError as failure:
        raise LedgerError(f"ledger {ledger} {_remedy(str(failure.orig))}") from failure


def _remedy(words: str) -> str:
    for sign, remedy in _REMEDIES.items():
        if sign in words.lower():
            return f"{remedy} ({words})"
    return f"could not be used: {words}"
