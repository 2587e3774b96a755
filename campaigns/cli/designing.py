"""Before an experiment: `power`, what it can find, and `simulate`, whether the analysis keeps its promises."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, app
from campaigns.cli.tables import print_json, print_table
from campaigns.ground.experiment import Scheme
from campaigns.ground.metric import MetricName
from campaigns.wiring import designing

if TYPE_CHECKING:
    from campaigns.analysis.simulation import Frequency
    from campaigns.replay.planning import Plan
    from campaigns.wiring.designing import Simulated

_SHOWN = (1, 2, 4, 8, 12, 26)
"""Weeks."""


@app.command()
def power(
    context: typer.Context,
    campaign: Campaign,
    metric: Annotated[MetricName | None, typer.Option(help="Another metric than the primary one.")] = None,
    weeks: Annotated[
        int | None,
        typer.Option(
            min=1, max=52, help="From so many past weeks as they were without editions, not from editions."
        ),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="A PNG to write: the smallest detectable effect against weeks.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many people and weeks the campaign's experiment needs, and how small an effect it can find."""
    plan = designing.plan_power(context.obj.look(), campaign, metric, weeks, picture)
    print_json(asdict(plan)) if as_json else _print_plan(plan)
    if picture and not as_json:
        typer.echo(str(picture))


@app.command()
def simulate(
    context: typer.Context,
    campaign: Campaign,
    replays: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many times people are assigned anew.")
    ] = 2_000,
    weeks: Annotated[
        int | None,
        typer.Option(min=1, max=52, help="Replay so many past weeks as they were without editions, not editions."),
    ] = None,
    scheme: Annotated[
        Scheme | None, typer.Option(help="Assign for good or anew each week; the experiment's own where left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay the past with other assignments: false alarms, power and coverage, for every metric and method."""
    done = designing.simulate_experiment(context.obj.look(), campaign, replays=replays, weeks=weeks, scheme=scheme)
    print_json(asdict(done)) if as_json else _print_simulated(campaign, done)


def _print_simulated(campaign: str, done: Simulated) -> None:
    past = _counted(
        len(done.history), "edition" if done.sent else "week", "" if done.sent else " without an edition"
    )
    print_table(
        f"{campaign}: {done.replays:,} replays of {past}, {done.people:,} people, {done.scheme}",
        ("metric", "method", "false alarms", "coverage", "power", "its coverage"),
        [
            (
                tried.metric.value,
                tried.method.replace("_", " "),
                *map(
                    _frequency, (tried.alike.called, tried.alike.covered, tried.apart.called, tried.apart.covered)
                ),
            )
            for tried in done.tried
        ],
    )
    if done.peeked:
        print_table(
            f"Looking every week at {done.peeked.metric.value}, {done.peeked.looks} times",
            ("held against", "false alarms"),
            [
                ("1.96 each time", _frequency(done.peeked.fixed)),
                ("the declared looks' boundary", _frequency(done.peeked.sequential)),
                ("the confidence sequence", _frequency(done.peeked.confidence_sequence)),
            ],
        )


def _frequency(found: Frequency) -> str:
    return f"{found.rate:.1%} ± {found.error:.1%}"


def _print_plan(plan: Plan) -> None:
    past = _counted(
        len(plan.history), "edition" if plan.sent else "week", "" if plan.sent else " without an edition"
    )
    print_table(
        f"{plan.campaign}: {plan.metric.value}, from {past}",
        ("", "value"),
        [
            ("value so far", f"{plan.baseline.mean:.2%}" if plan.unit == "share" else f"{plan.baseline.mean:.3g}"),
            ("standard deviation of a person's week", f"{plan.baseline.variance**0.5:.3g}"),
            ("correlation of a person's weeks", f"{plan.baseline.correlation:.2f}"),
            ("correlation with the four weeks before", f"{plan.baseline.covariate:.2f}"),
            ("people who get an edition", plan.audience),
            ("of them in the experiment", plan.people),
            ("smallest effect worth having", _effect(plan, plan.effect) if plan.effect else "not declared"),
        ],
    )
    for pair in plan.contrasts:
        shown = [
            weeks for weeks in _SHOWN if weeks % plan.every == 0 and weeks // plan.every <= len(pair.detectable)
        ]
        rows = [
            (
                _counted(weeks, "week"),
                *(_effect(plan, found[weeks // plan.every - 1]) for found in (pair.detectable, pair.with_before)),
            )
            for weeks in shown
        ]
        title = f"{pair.treatment} against {pair.control}: found with a power of 80%"
        print_table(title, ("after", "effect", "less what people were like before"), rows)
        typer.echo(_needed(plan, pair.people, pair.weeks))


def _needed(plan: Plan, people: int | None, weeks: int | None) -> str:
    if people is None or plan.effect is None:
        return "Declare `minimum_effect` under [experiment] to be told how long to run."
    needed = f"{_effect(plan, plan.effect)} takes {people:,} people in one edition"
    return (
        f"{needed}, or {weeks} weeks with {plan.people:,}."
        if weeks
        else (f"{needed}; {plan.people:,} do not find it within half a year.")
    )


def _counted(number: int, what: str, after: str = "") -> str:
    return f"{number} {what}{'' if number == 1 else 's'}{after}"


def _effect(plan: Plan, effect: float) -> str:
    return f"{100 * effect:.2f} percentage points" if plan.unit == "share" else f"{effect:.3g}"
