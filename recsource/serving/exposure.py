"""Exposures: who was shown what, as an application logs it, and as the report reads it.

One is logged wherever the variants differ, in every variant, also in the one that changes nothing: only those who
came so far can have been affected, and they must be found alike in all of them. The first makes a person's row in
`assignments`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

from recsource.serving.reading import Origin, Served
from recsource.serving.trial import Visitor


@dataclass(frozen=True, slots=True)
class Exposure:
    """One person, shown something once.

    Attributes:
        at: when (UTC).
        salt: that of the assignment.
        origin: where what was shown comes from.
        version: the picks' version.
        shown: ids, in order.
    """

    at: datetime
    experiment: str
    user_id: str
    variant: str
    method: str
    bucket: int
    salt: str
    origin: Origin
    version: str
    shown: tuple[str, ...]

    @classmethod
    def of(cls, served: Served, visitor: Visitor, at: datetime) -> Self | None:
        """What to log of what was served; None where no experiment runs.

        Args:
            served: as `Reader.picks` gave it.
            visitor: to whom.
            at: an aware time.
        """
        if served.trial is None or served.assigned is None:
            return None
        return cls(
            at=at.astimezone(UTC),
            experiment=served.trial.experiment,
            user_id=visitor.user_id,
            variant=served.assigned.variant,
            method=served.assigned.method,
            bucket=served.assigned.bucket,
            salt=served.trial.salt,
            origin=served.origin,
            version=served.version,
            shown=tuple(pick.id for pick in served.picks),
        )

    def line(self) -> str:
        """A line of JSON."""
        return json.dumps(asdict(self) | {"at": self.at.isoformat()}, ensure_ascii=False)
