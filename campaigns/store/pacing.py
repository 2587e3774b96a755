"""The pace that a provider's workers share: read, changed and written by one of them at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from sqlalchemy import bindparam, select, update

from campaigns.ground.pace import Pace
from campaigns.store.inserting import insert_new
from campaigns.store.parts import Part
from campaigns.store.tables import PACES

_P = PACES.c
_ITS = _P.provider == bindparam("of_provider")
_READ = select(_P.free_at, _P.factor, _P.factor_at, _P.day, _P.spent).where(_ITS).with_for_update()
_WRITE = update(PACES).where(_ITS)


class Pacing(Part):
    """One method, because nothing else may touch a pace."""

    def pace(self, provider: str, change: Callable[[Pace | None], Pace]) -> Pace:
        """Change what the provider's workers share, alone in a transaction; what it was changed to.

        Not synced: what is charged to it leaves only after `submit`, which is.
        """
        its = {"of_provider": provider}
        with self._database.writing(synced=False) as connection:
            while True:
                row = connection.execute(_READ, its).first()
                changed = change(Pace(*row) if row else None)
                if row:
                    connection.execute(_WRITE, {**its, **asdict(changed)})
                    return changed
                if insert_new(connection, PACES, [{"provider": provider, **asdict(changed)}]):
                    return changed
                # On PostgreSQL another worker was the first: its row is there now, to be read and locked.
