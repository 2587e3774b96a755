"""What is measured: each measure names the columns it needs, and all are counted in one pass.

A column is a yes-or-no of the table `people` (`sql/report/people.sql`), one row for each person assigned
at random. A step counts those with a yes; a metric is the share with the outcome among a population.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WINDOW_HOURS = 24


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel, each counted over everyone assigned.

    Attributes:
        checked: whether the arms' sizes at this step must have the declared ratio.
    """

    name: str
    title: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """A share of people.

    Attributes:
        population: the column that says who is counted.
        outcome: the column that says who succeeded.
        pending: the column that says whose window is still open.
        caveat: what a reader must know before believing it, or empty.
    """

    name: str
    title: str
    people: str
    population: str
    outcome: str
    pending: str
    primary: bool = False
    caveat: str = ""

    def measures(self) -> Mapping[str, tuple[str, ...]]:
        """The counts it needs: each a name and the columns that must all be yes."""
        return {
            f"{self.name}.people": (self.population,),
            f"{self.name}.successes": (self.population, self.outcome),
            f"{self.name}.pending": (self.population, self.pending),
        }


STEPS = (
    Step("assigned", "Assigned", checked=True),
    Step("sent", "Sent", checked=True),
    Step("delivered", "Delivered", checked=True),
    Step("opened_any", "Opened, machines included"),
    Step("opened", "Opened, by people"),
    Step("clicked", "Clicked, by people"),
    Step("completed_of_sending", f"Completed within {WINDOW_HOURS} h of sending"),
    Step("completed_of_opening", f"Completed within {WINDOW_HOURS} h of opening"),
)

_AFTER_TREATMENT = (
    "Opening happens after the arms have parted: if the email itself changes who opens it, the openers of one "
    "arm are other people than the openers of the other, and a difference between them need not be the "
    "email's effect. Read it beside the figure over everyone assigned, never instead of it."
)

OF_SENDING = Metric(
    name="completed_24h_of_sending",
    title=f"Completed within {WINDOW_HOURS} hours of sending",
    people="everyone assigned",
    population="assigned",
    outcome="completed_of_sending",
    pending="sending_pending",
    primary=True,
)

METRICS = (
    OF_SENDING,
    Metric(
        name="completed_24h_of_opening",
        title=f"Completed within {WINDOW_HOURS} hours of opening",
        people="those who opened it themselves",
        population="opened",
        outcome="completed_of_opening",
        pending="opening_pending",
        caveat=_AFTER_TREATMENT,
    ),
    Metric(
        name="completed_24h_of_any_opening",
        title=f"Completed within {WINDOW_HOURS} hours of any opening",
        people="openers, machines included",
        population="opened_any",
        outcome="completed_of_any_opening",
        pending="any_opening_pending",
        caveat=(
            "Mail software opens messages that nobody has looked at (Apple's privacy proxy opens them all), so "
            "many of these openings are no person's. It is shown only so that the two can be set side by side."
        ),
    ),
)


def measures() -> Mapping[str, tuple[str, ...]]:
    """Every count that the report needs."""
    steps = {step.name: (step.name,) for step in STEPS}
    return steps | {name: columns for metric in METRICS for name, columns in metric.measures().items()}
