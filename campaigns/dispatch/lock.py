"""Locks: of each host one run an edition, or one a shard; and nobody who changes a plan that another is sending.

They are flock(2)'s, so that the system lets go of them when their process dies. Hosts that share the editions'
folder must share its locks, too: NFS does since Linux 2.6.12, unless it is mounted with `nolock` or `local_lock`
(flock(2), "NFS details"; nfs(5)). Where it does not, and where each host has a folder of its own, two that plan at
once are still kept from mixing their plans up: nothing is sent from a plan that is not the one in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path

from campaigns.ground.edition import Edition
from campaigns.ground.errors import EditionBusyError
from campaigns.ground.shard import WHOLE, Shard


@contextmanager
def edition_lock(edition: Edition, editions: Path, host: str, shard: Shard = WHOLE) -> Iterator[None]:
    """Hold the edition, or a shard of it, for this run on this host.

    Other hosts may send the same edition at the same time, be it from the same folder: the ledger keeps them
    apart. On one host a second run could only get in the way of the first, which has as many workers as it wants.
    Shards share the host and have themselves alone: whoever holds one may take the claims of its predecessors for
    dead, and must leave those of its siblings; whoever holds the host has neither.

    Raises:
        EditionBusyError: another run on this host holds it, or a part of it.
    """
    folder, busy = editions / edition.campaign, f"{edition}: another run is at work on it; let it finish"
    with ExitStack() as locks:
        how = LOCK_EX if shard.is_whole else LOCK_SH
        locks.enter_context(_held(folder / f".{edition.name}.{host}.lock", how, busy))
        if not shard.is_whole:
            taken = f"{edition}: another run is at work on shard {shard}; let it finish"
            locks.enter_context(_held(folder / f".{edition.name}.{host}.{shard.name}.lock", LOCK_EX, taken))
        yield


def plan_lock(edition: Edition, editions: Path, *, alone: bool) -> AbstractContextManager[None]:
    """Hold the edition's plan: alone, to change it, or together with other hosts, to send from it.

    Raises:
        EditionBusyError: another host is changing it, or, where this one wants it alone, is sending from it.
    """
    path = editions / edition.campaign / f".{edition.name}.lock"
    if alone:
        return _held(path, LOCK_EX, f"{edition}: another host is planning or sending it; let it finish")
    return _held(path, LOCK_SH, f"{edition}: another host is planning it; let it finish")


@contextmanager
def _held(path: Path, how: int, busy: str) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:  # over NFS it must be readable to be shared, and writable to be held alone
        try:
            flock(file, how | LOCK_NB)
        except BlockingIOError as error:
            raise EditionBusyError(busy) from error
        except OSError as error:  # the file system has no locks
            error.filename = path
            raise
        yield
