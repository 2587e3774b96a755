"""A database's failures, as sentences that say which ledger, what happened and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from campaigns.ground.errors import LedgerError

_LOCKED = "is locked by another process: wait for it to end, or find and stop it"
_FULL = "cannot grow, its disk is full: free some space and run the command again"
_FAULTY = "cannot be read or written, its disk reports an error: check the disk"
_NOT_LET_IN = "does not let us in: check the user and the password in its address"
_MISSING = "does not exist: create the database, or correct its name in the address"
_READ_ONLY = "cannot be written, it is a read-only copy: give the address of the server that takes writes"
_AWAY = "cannot be reached or broke off: check that the server runs and that its address is right, then run again"
_BUSY_TOGETHER = "was changed by another process at the same time, and nothing was written: run the command again"
_CROWDED = "takes no more connections: stop some of its users, or let the server have more"
_FORBIDDEN = "may not be used by this user: grant the right to read, write and make tables"

_BY_SQLSTATE = MappingProxyType(
    {
        "08": _AWAY,
        "28": _NOT_LET_IN,
        "3D": _MISSING,
        "25006": _READ_ONLY,
        "40": _BUSY_TOGETHER,
        "42501": _FORBIDDEN,
        "53100": _FULL,
        "53300": _CROWDED,
        "55P03": _LOCKED,
        "57014": "took too long to answer: look at what else keeps the server busy, then run the command again",
        "57P": _AWAY,
        "58030": _FAULTY,
        "XX": "is damaged: stop using it, and put back the last copy that was sound",
    }
)
"""PostgreSQL's codes or their beginnings (its manual, appendix A), and what they mean for whoever has to act."""

_BY_WORDS = MappingProxyType(
    {
        "database is locked": _LOCKED,
        "database or disk is full": _FULL,
        "disk i/o error": _FAULTY,
        "file is not a database": (
            "is not an SQLite database: name another file as the ledger, or put back a copy of the right one"
        ),
        "malformed": "is damaged: keep the file as it is, and put back the last copy that was sound",
        "unable to open database file": "cannot be opened: check that its folder exists and may be written to",
        "readonly database": "cannot be written: give this user the right to write the file and its folder",
        "authentication failed": _NOT_LET_IN,
        "no password supplied": _NOT_LET_IN,
        'role "': _NOT_LET_IN,
        'database "': _MISSING,
        "too many clients": _CROWDED,
        "failed to resolve host": _AWAY,
        "connection": _AWAY,
    }
)
"""What SQLite says (sqlite.org/rescode.html), and PostgreSQL's driver when it never got in and has no code."""


@contextmanager
def readable_failures(ledger: str, driver: Any) -> Iterator[None]:  # noqa: ANN401 - a module, as PEP 249 has it
    """Turn whatever the database raises inside into a LedgerError about the ledger of that name.

    Args:
        ledger: its name.
        driver: the module whose `Error` the database's failures are.
    """
    try:
        yield
    except IntegrityError as failure:
        raise LedgerError(_named_twice(ledger, failure.orig)) from failure
    except DBAPIError as failure:
        raise LedgerError(f"ledger {ledger} {_remedy(failure.orig)}") from failure
    except NoConnectionLeft as failure:
        raise LedgerError(
            f"ledger {ledger} is used by too many threads at once: let fewer of them run"
        ) from failure
    except driver.IntegrityError as failure:
        raise LedgerError(_named_twice(ledger, failure)) from failure
    except driver.Error as failure:
        raise LedgerError(f"ledger {ledger} {_remedy(failure)}") from failure


def _named_twice(ledger: str, failure: BaseException | None) -> str:
    return (
        f"ledger {ledger}: a person or a delivery is named twice, and nothing was written; {_first_line(failure)}"
    )


def _remedy(failure: BaseException | None) -> str:
    words = _first_line(failure)
    sqlstate = getattr(failure, "sqlstate", None) or ""
    for code, remedy in _BY_SQLSTATE.items():
        if sqlstate.startswith(code):
            return f"{remedy} ({words})"
    for sign, remedy in _BY_WORDS.items():
        if sign in words.lower():
            return f"{remedy} ({words})"
    return f"could not be used: {words}"


def _first_line(failure: BaseException | None) -> str:
    """PostgreSQL's other lines show the row, which can be a person's."""
    return str(failure).partition("\n")[0]
