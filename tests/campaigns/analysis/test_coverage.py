"""Over 2,000 replays, 95% intervals hold the truth in 95% of them, and tests err in 5%, to one point each.

The Monte-Carlo error of 95% over 2,000 replays is 0.49 points, so a point is two of them. Where events are few
Newcombe's interval is known to hold the truth a little more often; it may, by a point more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.random import Generator
from populations import REPLAYS, TRUE, Table, crossed, leavers, moments, sticky

from campaigns.analysis.crossed import compare_crossed
from campaigns.analysis.estimates import Contrast
from campaigns.analysis.means import Mean, Ratio, compare
from campaigns.analysis.noninferiority import Guardrail, Margin, noninferiority
from campaigns.analysis.proportions import Count, contrast
from campaigns.analysis.simulation import perform

Found = Sequence[Contrast | None]
People = Callable[[Generator, int, float], Table]
Draw = Callable[[Generator, float], Found]
BEFORE = Mean("done before")


def arms(metric: Mean | Ratio, control: int, treatment: int, people: People = sticky) -> Draw:
    """Each person in one arm for good."""

    def draw(random: Generator, factor: float) -> Found:
        groups = moments(people(random, control, 1.0)), moments(people(random, treatment, factor))
        return [compare(before, after, metric) for before, after in zip(*groups, strict=True)]

    return draw


def weekly(people: int, *, covariate: bool = False) -> Draw:
    """Each person in an arm for a week."""
    control, treatment = (
        Ratio(f"{arm}.done", f"{arm}.weeks", Ratio(f"{arm}.before", f"{arm}.weeks") if covariate else None)
        for arm in ("control", "treatment")
    )

    def draw(random: Generator, factor: float) -> Found:
        return [compare_crossed(group, control, treatment) for group in moments(crossed(random, people, factor))]

    return draw


def rates(rate: float, control: int, treatment: int) -> Draw:
    """Yes or no, once."""

    def draw(random: Generator, factor: float) -> Found:
        before = random.binomial(control, rate, REPLAYS).tolist()
        after = random.binomial(treatment, rate * factor, REPLAYS).tolist()
        pairs = zip(before, after, strict=True)
        return [contrast(Count(control, one), Count(treatment, other)) for one, other in pairs]

    return draw


CASES = {
    "a rate": (rates(0.3, 1000, 1000), 0.3),
    "a rate, unequal shares": (rates(0.1, 500, 4500), 0.1),
    "a rare event": (rates(0.004, 4000, 4000), 0.004),
    "a mean": (arms(Mean("done"), 300, 300), TRUE["done"]),
    "a mean, unequal shares": (arms(Mean("done"), 150, 450), TRUE["done"]),
    "a mean of a rare event": (arms(Mean("left"), 1500, 1500, leavers), TRUE["left"]),
    "a mean with a covariate": (arms(Mean("done", BEFORE), 300, 300), TRUE["done"]),
    "a ratio": (arms(Ratio("done", "active"), 300, 300), TRUE["done / active"]),
    "a ratio with a covariate": (arms(Ratio("done", "active", BEFORE), 300, 300), TRUE["done / active"]),
    "clustered weeks": (arms(Ratio("done", "weeks"), 300, 300), TRUE["done / weeks"]),
    "clustered weeks, unequal shares": (arms(Ratio("done", "weeks"), 150, 450), TRUE["done / weeks"]),
    "weeks drawn anew": (weekly(300), TRUE["evenings / weeks"]),
    "weeks drawn anew, with a covariate": (weekly(300, covariate=True), TRUE["evenings / weeks"]),
}


@pytest.mark.parametrize("case", CASES)
def test_intervals_cover_the_difference_and_the_lift(case: str) -> None:
    draw, base = CASES[case]
    found = draw(np.random.default_rng(11), 1.2)
    judged = perform(found, truth=0.2 * base)
    of_lift = sum(not each.lift.excludes(0.2) for each in found if each and each.lift) / REPLAYS
    assert judged.undefined == 0
    assert 0.94 <= judged.covered.rate <= (0.97 if "rare" in case else 0.96)
    assert 0.94 <= of_lift <= (0.97 if "rare" in case else 0.96)


@pytest.mark.parametrize("case", CASES)
def test_tests_err_as_often_as_promised_where_the_arms_are_alike(case: str) -> None:
    draw, _ = CASES[case]
    judged = perform(draw(np.random.default_rng(12), 1.0))
    assert (0.03 if "rare" in case else 0.04) <= judged.called.rate <= 0.06


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize(
    "case", ["a rate", "a rare event", "a mean", "a ratio with a covariate", "weeks drawn anew"]
)
def test_a_guardrail_is_held_wrongly_in_one_of_forty(case: str, relative: bool) -> None:  # noqa: FBT001
    """The harm is just the margin: 2.5%, with three Monte-Carlo errors of 0.35 points."""
    draw, base = CASES[case]
    margin = Margin(0.2 if relative else 0.2 * base, relative=relative)
    found = [noninferiority(each, margin) for each in draw(np.random.default_rng(13), 1.2)]
    held = sum(each.verdict is Guardrail.HELD for each in found) / REPLAYS
    broken = sum(each.verdict is Guardrail.BROKEN for each in found) / REPLAYS
    assert held <= 0.025 + 3 * 0.0035
    assert broken <= 0.025 + 3 * 0.0035


def test_a_persons_weeks_counted_as_independent_find_what_is_not_there() -> None:
    """Why weeks are summed per person: the same data, a row a week."""
    random = np.random.default_rng(14)
    rate = random.beta(1.0, 2.0, (2, REPLAYS, 300))
    done = random.binomial(8, rate)
    rows = [[Count(2400, int(each)) for each in arm.sum(axis=1)] for arm in done]
    people = [moments({"done": arm.astype(float)}) for arm in done]
    by_rows = perform(contrast(*arms) for arms in zip(*rows, strict=True))
    by_person = perform(compare(*arms, Mean("done")) for arms in zip(*people, strict=True))
    assert by_rows.called.rate > 0.2
    assert 0.04 <= by_person.called.rate <= 0.06
