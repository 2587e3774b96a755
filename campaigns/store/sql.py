"""The ledger in SQL: SQLite, and PostgreSQL where several machines send."""

from __future__ import annotations

from typing import Self

from campaigns.store.claiming import Claiming
from campaigns.store.enrolling import Enrolling
from campaigns.store.guarding import Guarding
from campaigns.store.pacing import Pacing
from campaigns.store.reading import Reading
from campaigns.store.recording import Recording
from campaigns.store.sending import Sending
from campaigns.store.tidying import Tidying


class SqlLedger(Enrolling, Claiming, Sending, Tidying, Pacing, Guarding, Reading, Recording):
    """`ports.ledger.Ledger` on an SQL database; `opening.open_ledger` makes one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
