"""`winddown run` first sends what last week's edition has left, which never keeps this week's from being sent."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import NoReturn

import pytest
from command_line import CAMPAIGN, EDITION, Winddown

from campaigns.cli import sending
from campaigns.dispatch.lock import edition_lock
from campaigns.ground.edition import Edition
from campaigns.wiring.workspace import Workspace, host_name

MONDAY = "2026-11-23T06:30"
"""A new week, and some of the old one's can still be sent; others are too late."""
WEDNESDAY = "2026-11-25T12:00"
THIS_WEEK = Edition(CAMPAIGN, 2026, 48)


@pytest.fixture
def weekly(winddown: Winddown) -> Winddown:
    """Last week's edition is planned, and this week's can be."""
    winddown.edit(f"templates/{CAMPAIGN}/campaign.toml", "max_age_days = 4", "max_age_days = 40")
    curated = winddown.root / "data" / "curated.csv"
    lines = curated.read_text().splitlines(keepends=True)
    curated.write_text("".join([*lines, *(line.replace("W47", "W48") for line in lines if "W47" in line)]))
    return winddown


def planned(winddown: Winddown) -> set[str]:
    """The editions that have a plan."""
    return {path.parent.name for path in winddown.edition.parent.glob("*/manifest.json")}


def a_word_changes(winddown: Winddown) -> None:
    """Marketing works on the next edition; the last one's plan was made with other templates."""
    with (winddown.root / "templates" / CAMPAIGN / "subject.txt").open("a") as subject:
        subject.write("\n")


def failing(because: Exception) -> Callable[..., NoReturn]:
    def fail(*_: object) -> NoReturn:
        raise because

    return fail


def test_what_can_still_be_sent_of_last_week_s_is_and_the_rest_is_given_up(weekly: Winddown) -> None:
    ran = weekly("run", CAMPAIGN, "--json", now=MONDAY)
    assert (ran.code, ran.stderr) == (0, "")
    assert planned(weekly) == {EDITION.name, THIS_WEEK.name}
    assert weekly.in_state("accepted") == weekly.emails().keys() > set()
    assert weekly.in_state("accepted") | weekly.in_state("cancelled") == weekly.deliveries().keys()


def test_a_last_week_s_that_another_run_is_at_work_on_is_left_to_it_and_this_week_s_goes_on(
    weekly: Winddown,
) -> None:
    with edition_lock(EDITION, weekly.root / "editions", host_name()):
        ran = weekly("run", CAMPAIGN, "--json", now=MONDAY)
    assert ran.code == 0
    assert ran.said == f"winddown: {EDITION}: another run is at work on it; let it finish; this week's goes on"
    assert ran.json["deliveries"]["planned"] > 0
    assert weekly.in_state("waiting") == weekly.deliveries().keys()


def test_a_last_week_s_that_fails_is_told_in_a_line_and_by_the_exit_code_and_this_week_s_goes_on(
    weekly: Winddown,
) -> None:
    a_word_changes(weekly)
    ran = weekly("run", CAMPAIGN, "--json", now=MONDAY)
    assert ran.code == 3
    assert ran.said.startswith(f"winddown: last week's edition: {EDITION}: templates changed after")
    assert ran.json["deliveries"]["planned"] > 0
    assert planned(weekly) == {EDITION.name, THIS_WEEK.name}
    assert weekly.emails() == {}


def test_nor_does_a_disk_that_fails_under_it_keep_this_week_s_back(weekly: Winddown) -> None:
    weekly.patch.setattr(sending, "finish_edition", failing(OSError(5, "Input/output error", "plan.parquet")))
    ran = weekly("run", CAMPAIGN, "--json", now=MONDAY)
    assert ran.code == 1
    assert ran.said.startswith("winddown: last week's edition: plan.parquet: Input/output error")
    assert ran.json["deliveries"]["planned"] > 0


def test_a_halted_last_week_s_says_so_and_this_week_s_goes_on(weekly: Winddown) -> None:
    assert weekly("halt", CAMPAIGN, "--date", "2026-11-20", "--because", "a wrong picture", now=MONDAY).code == 0
    ran = weekly("run", CAMPAIGN, "--json", now=MONDAY)
    assert (ran.code, ran.said) == (
        3,
        f"winddown: last week's edition: {EDITION} halted by hand: a wrong picture",
    )
    assert planned(weekly) == {EDITION.name, THIS_WEEK.name}
    assert weekly.emails() == {}


def test_what_is_too_late_is_given_up_without_a_look_at_last_week_s_templates(weekly: Winddown) -> None:
    a_word_changes(weekly)
    ran = weekly("run", CAMPAIGN, "--json", now=WEDNESDAY)
    assert (ran.code, ran.stderr) == (0, "")
    assert weekly.in_state("cancelled") == weekly.deliveries().keys()
    assert {delivery.detail for delivery in weekly.deliveries().values()} == {"waited too long"}


def test_who_is_asked_to_stop_during_last_week_s_does_not_begin_this_week_s(weekly: Winddown) -> None:
    finish = sending.finish_edition

    def finish_and_be_told(workspace: Workspace, edition: Edition, stopping: Callable[[], bool]) -> None:
        finish(workspace, edition, stopping)
        os.kill(os.getpid(), signal.SIGTERM)

    weekly.patch.setattr(sending, "finish_edition", finish_and_be_told)
    ran = weekly("run", CAMPAIGN, "--json", now=MONDAY)
    assert (ran.code, ran.stdout) == (0, b"")
    assert ran.said == "winddown: stopped as asked; run the command again to go on."
    assert planned(weekly) == {EDITION.name}


def test_a_date_names_the_only_edition_that_is_sent(weekly: Winddown) -> None:
    assert weekly("run", CAMPAIGN, "--date", "2026-11-27", now=MONDAY).code == 0
    assert weekly.in_state("waiting") == weekly.deliveries().keys()
