"""The funnel's steps, and what a wrong ratio of the arms at one of them most likely means."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.report.metrics import WINDOW_HOURS


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel, each counted over everyone assigned.

    Attributes:
        name: the column of `outcomes` that says who came so far; `eligible` comes before all of them.
        checked: whether the arms' sizes at this step are held against the declared ratio.
        voids: whether a wrong ratio forbids any verdict; from opening on the email itself may change it.
        suspect: where to look first when the ratio is wrong here and was right before.
    """

    name: str
    title: str
    checked: bool = False
    voids: bool = False
    suspect: str = ""


ELIGIBLE = Step(
    "eligible",
    "Eligible",
    checked=True,
    voids=True,
    suspect="the randomiser itself: the salt, the shards, or ids that are not the same everywhere",
)

STEPS = (
    Step(
        "assigned",
        "Assigned",
        checked=True,
        voids=True,
        suspect="something between eligibility and the plan that removes people of one arm: a gate that looks at "
        "the arm's own picks, or a file that was filtered by hand",
    ),
    Step(
        "sent",
        "Sent",
        checked=True,
        voids=True,
        suspect="the sending: messages of one arm that cannot be rendered, are rejected, or are sent too late",
    ),
    Step(
        "delivered",
        "Delivered",
        checked=True,
        voids=True,
        suspect="the way to the mailbox: one arm's content that providers refuse or filter",
    ),
    Step("opened_any", "Opened, machines included"),
    Step(
        "opened",
        "Opened, by people",
        checked=True,
        suspect="the emails themselves: subject, preheader or content draw other people in one arm",
    ),
    Step(
        "clicked",
        "Clicked, by people",
        checked=True,
        suspect="the emails themselves: what one arm shows is clicked more",
    ),
    Step("completed_of_sending", f"Completed within {WINDOW_HOURS} h of sending"),
    Step("completed_of_opened", f"Completed within {WINDOW_HOURS} h of opening"),
)
FUNNEL = tuple(step.name for step in STEPS)
CHECKED = (ELIGIBLE, *(step for step in STEPS if step.checked))
