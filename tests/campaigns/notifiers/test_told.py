"""What people are told of in Slack: a batch, a plan, that all is sent, a report; each once, and nobody by name."""

from __future__ import annotations

import json
import re

import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown
from providers.slack_server import Slack

from campaigns.ports.clock import system_clock
from campaigns.ports.progress import Silent
from campaigns.wiring.recs import recs_parts
from campaigns.wiring.recs_settings import opened_storage
from campaigns.wiring.workspace import Workspace
from recsource.dataset.layout import Layout


@pytest.fixture
def told(unplanned: Winddown, slack: Slack) -> list[str]:
    """What Slack is told about a workspace of 120 people that is not planned."""
    unplanned.patch.setenv("WINDDOWN_SLACK_WEBHOOK", slack.address)
    return slack.told


def done(winddown: Winddown, *arguments: str, now: str = SUNDAY) -> None:
    ran = winddown(*arguments, now=now)
    assert ran.code == 0, ran.stderr


def test_a_plan_is_told_with_its_counts_and_only_when_it_is_another(unplanned: Winddown, told: list[str]) -> None:
    for _ in range(2):
        done(unplanned, "plan", CAMPAIGN)
    counts = unplanned("plan", CAMPAIGN, "--json").json["counts"]
    (line,) = told
    plan = (unplanned.enrolled_plan() or "")[:12]
    excluded = counts["considered"] - counts["planned"]
    assert line.startswith(f"{EDITION} is planned: {counts['planned']} people (control ")
    assert re.search(rf", {excluded} excluded \(most: .+\); plan {plan}$", line)
    variants = re.findall(r"(?:control|treatment) (\d+)", line)
    assert sum(map(int, variants)) == counts["planned"]
    unplanned.edit(f"templates/{CAMPAIGN}/campaign.toml", "days = 14", "days = 10")
    done(unplanned, "plan", CAMPAIGN)
    assert len(told) == 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_that_all_is_sent_is_told_once_over_all_workers_and_runs(
    unplanned: Winddown, told: list[str], workers: str
) -> None:
    done(unplanned, "plan", CAMPAIGN)
    for _ in range(2):
        done(unplanned, "send", CAMPAIGN, "--workers", workers)
    planned = unplanned.tally()["planned"]
    counts = f"{planned} accepted, 0 rejected, 0 uncertain, 0 cancelled, none waiting"
    assert told[1:] == [f"{EDITION} is sent: of {planned} messages {counts}"]


def test_who_is_not_due_yet_keeps_it_untold(unplanned: Winddown, told: list[str]) -> None:
    done(unplanned, "plan", CAMPAIGN)
    done(unplanned, "send", CAMPAIGN, now="2026-11-21T12:00")
    tally = unplanned.tally()
    assert tally["accepted"] > 0
    assert tally["waiting"] > 0
    assert len(told) == 1


def test_a_report_is_told_with_its_verdict_and_where_it_lies_and_again_only_when_it_says_something_else(
    unplanned: Winddown, told: list[str]
) -> None:
    done(unplanned, "plan", CAMPAIGN)
    done(unplanned, "send", CAMPAIGN)
    for _ in range(2):
        done(unplanned, "report", CAMPAIGN)
    report = unplanned("report", CAMPAIGN, "--json", now=SUNDAY).json
    (line,) = told[2:]
    assert line == (
        f"{CAMPAIGN} {EDITION.name}: the report is ready (simulated data). {report['verdicts'][0]['sentence']} "
        f"{unplanned.edition / 'report.html'}"
    )
    done(unplanned, "report", CAMPAIGN, "--date", "2026-11-20", now="2026-12-20T12:00")
    assert len(told) == 4


def test_a_batch_is_told_when_it_becomes_the_current_one(unplanned: Winddown, told: list[str]) -> None:
    unplanned.edit("winddown.toml", 'recommendations = "data/recommendations"', 'recommendations = "batch"')
    workspace = Workspace.open(unplanned.root, system_clock, Silent())
    storage, parts = opened_storage(workspace), recs_parts(workspace)
    line = {"input": {"userId": "4638"}, "output": {"recommendedItems": ["296", "1"]}, "error": None}
    for run in ("20261120", "20261122"):
        storage.write(f"{Layout(run).batch('personalised')}part-1.json.out", json.dumps(line) + "\n")
        for _ in range(2):
            parts.pull(run, "personalised")
    assert told == [
        f"recommendations of run {run} (local, personalised) are ready: 1 people, 2 picks"
        for run in ("20261120", "20261122")
    ]


def test_nobody_is_named(unplanned: Winddown, told: list[str]) -> None:
    done(unplanned, "run", CAMPAIGN)
    done(unplanned, "report", CAMPAIGN)
    assert len(told) == 3
    people = {delivery.user_id for delivery in unplanned.deliveries().values()}
    assert not people & {word.strip(".,;()") for line in told for word in line.split()}
    assert "@" not in "".join(told)
    assert "://" not in "".join(told)
    assert "\n" not in "".join(told)
