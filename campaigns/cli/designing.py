"""Before an experiment: `power`, what it can find, and `simulate`, whether the analysis keeps its promises."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from campaigns.cli.call import AsJson, Campaign, app
from campaigns.cli.tables import print_json, print_table
from campaigns.ground.metric import MetricName
from campaigns.wiring import designing

if TYPE_CHECKING:
    from campaigns.replay.planning import Plan

_SHOWN = (1, 2, 4, 8, 12, 26)
"""Weeks."""


@app.command()
def power(
    context: typer.Context,
    campaign: Campaign,
    metric: Annotated[MetricName | None, typer.Option(help="Another metric than the primary one.")] = None,
    picture: Annotated[
        Path | None, typer.Option(help="A PNG to write: the smallest detectable effect against weeks.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many people and weeks the campaign's experiment needs, and how small an effect it can find."""
    plan = designing.plan_power(context.obj.workspace(), campaign, metric, picture)
    print_json(asdict(plan)) if as_json else _print_plan(plan)
    if picture and not as_json:
        typer.echo(str(picture))


def _print_plan(plan: Plan) -> None:
    past = f"{len(plan.history)} {'editions' if plan.sent else 'weeks without an edition'}"
    print_table(
        f"{plan.campaign}: {plan.metric.value}, from {past}",
        ("", "value"),
        [
            ("value so far", _effect(plan, plan.baseline.mean)),
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
        rows = [(f"{weeks} weeks", _effect(plan, pair.detectable[weeks // plan.every - 1])) for weeks in shown]
        print_table(
            f"{pair.treatment} against {pair.control}: found with a power of 80%", ("after", "effect"), rows
        )
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


def _effect(plan: Plan, effect: float) -> str:
    return f"{100 * effect:.2f} percentage points" if plan.unit == "share" else f"{effect:.3g}"
