"""The counting of one edition: from its files and the plays to a row for each person in the table `outcomes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.ground.exclusion import Reason
from campaigns.report.metrics import FOUR_WEEKS, HORIZONS, NEW_DAYS, REACTION_DAYS, REACTIONS, WINDOW_HOURS
from campaigns.report.question import EditionFiles, Question
from campaigns.report.script import Script
from campaigns.report.times import naive, utc
from recsource.errors import InputError
from recsource.sharder import shard_sql

_AFTER_THE_PERSON = tuple(Reason)[list(Reason).index(Reason.TOO_FEW_PICKS) :]
"""The gates behind those that look at the person alone: nobody's variant may decide at them."""


@dataclass(frozen=True, slots=True)
class Window:
    """When an edition's emails went out, and who is still waited for.

    Attributes:
        first, last: when the first and the last one went out, UTC; None with nobody assigned.
        open: by horizon in days: how many people are still within it.
        turned_away: by variant that they would have had: eligible people who were not assigned any.
    """

    first: datetime | None
    last: datetime | None
    open: Mapping[int, int]
    turned_away: Mapping[str, int]


def count_edition(script: Script, question: Question, edition: EditionFiles, *, more: bool) -> Window:
    """Add one edition to the table `outcomes`, which is made anew unless there are `more` editions in it.

    Leaves `sendings`, `completions`, `others` and `earned` of this edition behind.

    Raises:
        InputError: the edition's files contradict each other or the declaration.
    """
    script.run(
        "sendings",
        edition=edition,
        experiment=question.experiment.name,
        variants=question.variants,
        react_days=REACTION_DAYS,
    )
    _refuse_contradictions(script, question, edition)
    first, last, *still_open = script.row("windows", horizons=HORIZONS, now=naive(question.now))
    between = {"first": first or naive(question.now), "last": last or naive(question.now)}
    month = edition.name in question.apart(FOUR_WEEKS)
    script.run("completions", reactions=REACTIONS, window_hours=WINDOW_HOURS, **between)
    script.run("others", new_days=NEW_DAYS, **between)
    script.run("earned", edition=edition)
    if month:
        script.run("month", **between)
    names = [each.name for each in question.editions]
    script.run("outcomes", edition=edition, editions=names, reactions=REACTIONS, month=month, more=more)
    return Window(
        first=utc(first),
        last=utc(last),
        open=dict(zip(HORIZONS, (int(str(people)) for people in still_open), strict=True)),
        turned_away=_turned_away(script, question, edition),
    )


def _refuse_contradictions(script: Script, question: Question, edition: EditionFiles) -> None:
    repeated, unplanned, undeclared = script.row("contradictions")
    where = f"{edition.assignments}:"
    if repeated:
        raise InputError(f"{where} {repeated} people stand in it more than once; wanted one row each")
    if not (unplanned or undeclared):
        return
    user, variant = script.row("offender", edition=edition)
    if unplanned:
        raise InputError(
            f"{where} {unplanned} people have no row in plan.parquet, {user!r} the first; "
            "the two files are not of one planning: plan the edition again"
        )
    raise InputError(
        f"{where} people were assigned to {variant!r}, but experiment {question.experiment.name!r} declares "
        f"{', '.join(question.variants)}; report with the settings it was planned with"
    )


def _turned_away(script: Script, question: Question, edition: EditionFiles) -> Mapping[str, int]:
    shard = shard_sql(question.experiment.salt_in(edition.name), "user_id")
    rows = script.rows(
        "eligible", edition=edition, experiment=question.experiment, shard=shard, reasons=_AFTER_THE_PERSON
    )
    return {str(variant): int(str(people)) for variant, people in rows}
