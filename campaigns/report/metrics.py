"""What is measured: each metric names the columns it reads, and all of them are read in one pass.

A column is one of the table `outcomes` (`sql/report/outcomes.sql`), which has a row for each person assigned at
random in an edition. A metric is a ratio of two columns, each summed over a person's weeks: what happened over how
often it could have. Over everyone assigned it is a mean; over openers it is a share of those who opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from campaigns.ground.metric import MetricName

WINDOW_HOURS = 24
WEEK, FOUR_WEEKS = 7, 28
"""Days after the sending."""
REACTION_DAYS = 6
"""So long after the sending an opening or a click counts, so that its own 24 hours end within the week."""
REACTIONS = ("delivered", "opened", "opened_any", "clicked")
"""What may begin 24 hours of its own, beside the sending."""
NEW_DAYS = 28
"""An item is new for so long after it was published."""
NIGHT = (23, 5)
"""Late at night is from this hour to that one, by the reader's own clock."""


class Unit(StrEnum):
    """How a value reads: a share of people, or an amount for each."""

    SHARE = "share"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Metric:
    """A ratio of two columns.

    Attributes:
        title: what it is, for a reader.
        people: over whom, in words.
        numerator: the column that says what happened,
        denominator: and the one that says to whom it could have.
        horizon: days after an edition's last sending until nothing can change it any more.
        more_is_better: whether an increase is good news.
        per: what an amount is counted for, in words.
        caveat: what a reader must know before believing it, or empty.
    """

    name: MetricName
    title: str
    people: str
    numerator: str
    denominator: str
    horizon: int = WEEK
    unit: Unit = Unit.SHARE
    more_is_better: bool = True
    per: str = "person"
    caveat: str = ""

    @property
    def columns(self) -> tuple[str, str]:
        """Numerator and denominator as the table `persons` has them, where a person's weeks are summed."""
        return summed(self.numerator, self.horizon), summed(self.denominator, self.horizon)

    @property
    def exposed(self) -> str:
        """How often a person was assigned in the editions that the metric counts."""
        return summed("assigned", self.horizon)


def summed(column: str, horizon: int) -> str:
    """A column's sum over the editions whose windows of so many days are counted."""
    return f"{column}_{horizon}"


_ASSIGNED = "everyone assigned"
_AFTER_TREATMENT = (
    "Opening happens after the arms have parted: if the email itself changes who opens it, the openers of one "
    "arm are other people than the openers of the other, and a difference between them need not be the "
    "email's effect. Read it beside the figure over everyone assigned, never instead of it."
)
_MACHINES = (
    "Mail software opens messages that nobody has looked at (Apple's privacy proxy opens them all), so many of "
    "these openings are no person's. It is shown only so that the two can be set side by side."
)
_CLICKERS = (
    "Clicking, too, comes after treatment, and what an email shows decides who clicks; but no machine is taken "
    "for a person here that fetched nothing but pictures."
)

METRICS = (
    Metric(
        MetricName.COMPLETED_24H_OF_SENDING,
        f"Completed within {WINDOW_HOURS} hours of sending",
        _ASSIGNED,
        numerator="completed_of_sending",
        denominator="assigned",
        horizon=1,
    ),
    Metric(
        MetricName.COMPLETED_24H_OF_DELIVERY,
        f"Completed within {WINDOW_HOURS} hours of delivery",
        "everyone delivered",
        numerator="completed_of_delivered",
        denominator="delivered",
    ),
    Metric(
        MetricName.COMPLETED_24H_OF_OPENING,
        f"Completed within {WINDOW_HOURS} hours of opening",
        "those who opened it themselves",
        numerator="completed_of_opened",
        denominator="opened",
        caveat=_AFTER_TREATMENT,
    ),
    Metric(
        MetricName.COMPLETED_24H_OF_ANY_OPENING,
        f"Completed within {WINDOW_HOURS} hours of any opening",
        "openers, machines included",
        numerator="completed_of_opened_any",
        denominator="opened_any",
        caveat=_MACHINES,
    ),
    Metric(
        MetricName.COMPLETED_24H_OF_CLICKING,
        f"Completed within {WINDOW_HOURS} hours of clicking",
        "those who clicked themselves",
        numerator="completed_of_clicked",
        denominator="clicked",
        caveat=_CLICKERS,
    ),
    Metric(
        MetricName.COMPLETED_RECOMMENDED,
        f"Completed something that the email showed, within {WINDOW_HOURS} hours",
        _ASSIGNED,
        numerator="completed_shown",
        denominator="assigned",
    ),
    Metric(
        MetricName.NEW_ITEMS_STARTED,
        "New items started within a week",
        _ASSIGNED,
        numerator="new_items",
        denominator="assigned",
        unit=Unit.AMOUNT,
    ),
    Metric(
        MetricName.CLICKED,
        "Clicked the email",
        _ASSIGNED,
        numerator="clicked",
        denominator="assigned",
    ),
    Metric(
        MetricName.COMPLETION_DAYS_7,
        "Days with a completion, of the next 7",
        _ASSIGNED,
        numerator="days_7",
        denominator="assigned",
        unit=Unit.AMOUNT,
    ),
    Metric(
        MetricName.COMPLETION_DAYS_28,
        "Days with a completion, of the next 28",
        _ASSIGNED,
        numerator="days_28",
        denominator="assigned",
        horizon=FOUR_WEEKS,
        unit=Unit.AMOUNT,
    ),
    Metric(
        MetricName.COMPLETIONS_PER_ACTIVE_DAY,
        "Completions on a day with the app, of the next 7",
        "days on which the app was used",
        numerator="completions",
        denominator="active_days",
        unit=Unit.AMOUNT,
        per="active day",
        caveat=(
            "The email may change on how many days people use the app at all; this tells what they do once there, "
            "and the days with a completion tell the rest."
        ),
    ),
    Metric(
        MetricName.UNSUBSCRIBED,
        "Unsubscribed",
        _ASSIGNED,
        numerator="unsubscribed",
        denominator="assigned",
        more_is_better=False,
    ),
    Metric(
        MetricName.COMPLAINED,
        "Complained",
        _ASSIGNED,
        numerator="complained",
        denominator="assigned",
        more_is_better=False,
    ),
    Metric(
        MetricName.BOUNCED,
        "Bounced",
        _ASSIGNED,
        numerator="bounced",
        denominator="assigned",
        more_is_better=False,
    ),
    Metric(
        MetricName.LATE_NIGHT_MINUTES,
        f"Minutes completed late at night, {NIGHT[0]}:00 to {NIGHT[1]}:00, within a week",
        _ASSIGNED,
        numerator="late_minutes",
        denominator="assigned",
        unit=Unit.AMOUNT,
        more_is_better=False,
    ),
)

BY_NAME = {metric.name: metric for metric in METRICS}
HORIZONS = tuple(sorted({metric.horizon for metric in METRICS}))

IN_APP = tuple(metric for metric in METRICS if metric.name.in_app)
