"""An edition: one sending of a campaign, named by its ISO week."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_NAME = re.compile(r"(?P<year>\d{4})-W(?P<week>\d{2})")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, order=True)
class Edition:
    """One week's sending of one campaign.

    Attributes:
        campaign: the campaign folder's name; letters, digits, `_` and `-`.
        year: the ISO year, which differs from the calendar's around New Year.
        week: the ISO week, 1 to 53.

    Raises:
        ValueError: the campaign's name or the week is impossible.
    """

    campaign: str
    year: int
    week: int

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.campaign):
            raise ValueError(
                f"campaign name {self.campaign!r}: wanted lower-case letters, digits, '_' or '-', at most 64"
            )
        date.fromisocalendar(self.year, self.week, 1)

    @classmethod
    def on(cls, campaign: str, day: date) -> Edition:
        """The edition whose ISO week holds `day`."""
        year, week, _ = day.isocalendar()
        return cls(campaign, year, week)

    @classmethod
    def parse(cls, campaign: str, name: str) -> Edition:
        """The edition called `name`, such as `2026-W47`."""
        found = _NAME.fullmatch(name)
        if not found:
            raise ValueError(f"edition {name!r}: wanted an ISO week such as 2026-W47")
        return cls(campaign, int(found["year"]), int(found["week"]))

    @property
    def name(self) -> str:
        """`2026-W47`."""
        return f"{self.year:04d}-W{self.week:02d}"

    def day(self, weekday: int) -> date:
        """The date of an ISO weekday (Monday is 1) in this edition's week."""
        return date.fromisocalendar(self.year, self.week, weekday)

    def before(self, weeks: int) -> Edition:
        """The edition so many weeks earlier."""
        return Edition.on(self.campaign, self.day(1) - timedelta(weeks=weeks))

    def __str__(self) -> str:
        return f"{self.campaign}/{self.name}"
