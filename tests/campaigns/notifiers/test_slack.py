"""Slack, through its own package, over HTTP to a server of this test's: told in one line, and never in the way."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown
from providers.slack_server import TOKEN, Slack

from campaigns.notifiers.slack import SlackNotifier


@pytest.fixture
def nobody() -> str:
    """The address of a webhook where nobody listens."""
    with Slack() as server:
        return server.address


def halted(winddown: Winddown) -> None:
    """A canary of 20, one complaint about it, and the guard that minds."""
    winddown.edit(
        f"templates/{CAMPAIGN}/campaign.toml",
        "[schedule]",
        "[guards]\ncanary = { messages = 20, pause_minutes = 60 }\n\n[schedule]",
    )
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    complaint = {
        "type": "complained",
        "provider_event_id": "c1",
        "delivery_id": min(winddown.emails()),
        "at": "2026-11-22T06:30:00Z",
    }
    (winddown.root / "events.jsonl").write_text(json.dumps(complaint) + "\n", "utf-8")
    ingested = winddown("ingest", str(winddown.root / "events.jsonl"), now="2026-11-22T06:40")
    assert ingested.code == 0, ingested.stderr
    ran = winddown("send", CAMPAIGN, now="2026-11-22T07:01")
    assert ran.code == 3, ran.stderr
    assert winddown.tally()["accepted"] == 20
    stands = winddown("status", CAMPAIGN, "--json", now=SUNDAY).json
    assert stands["halted"].startswith(f"{EDITION} halted: 1 of 20 messages brought a complaint")


def test_a_line_is_posted_as_slack_wants_it(slack: Slack) -> None:
    SlackNotifier(slack.address).tell("weekly/2026-W47 halted: 7 of 9 messages bounced")
    assert slack.told == ["weekly/2026-W47 halted: 7 of 9 messages bounced"]


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_a_refusal_is_logged_by_its_status_and_without_the_address(
    slack: Slack, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    slack.answer = status
    with caplog.at_level(logging.DEBUG, "winddown"):
        SlackNotifier(slack.address).tell("halted")
    assert slack.told == ["halted"]
    assert [record.getMessage() for record in caplog.records if record.name.startswith("winddown")] == [
        f"Slack could not be told: it answered {status}"
    ]


def test_a_slack_that_is_not_there_raises_nothing_and_no_log_has_its_address(
    nobody: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        SlackNotifier(nobody).tell("halted")
    assert "Slack could not be told: URLError" in caplog.text
    assert TOKEN not in caplog.text


def test_a_guard_that_trips_says_so_once_in_slack_and_names_nobody(winddown: Winddown, slack: Slack) -> None:
    winddown.patch.setenv("WINDDOWN_SLACK_WEBHOOK", slack.address)
    halted(winddown)
    (line,) = slack.told
    assert line.startswith(f"{EDITION} halted: 1 of 20 messages brought a complaint, and 0 are allowed")
    assert "\n" not in line
    assert "@" not in line
    assert TOKEN not in line
    assert winddown("send", CAMPAIGN, now="2026-11-22T07:02").code == 3
    assert slack.told == [line]


def test_a_day_that_is_used_up_is_told_once_in_the_words_that_the_command_prints(
    winddown: Winddown, slack: Slack
) -> None:
    winddown.patch.setenv("WINDDOWN_SLACK_WEBHOOK", slack.address)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    warm_up = f"[sender.warm_up]\nfirst = {yesterday}\ndaily = [10, 10, 10]\n\n[sender.outbox]"
    winddown.edit("winddown.toml", "[sender.outbox]", warm_up)
    for workers in ("2", "1"):
        ran = winddown("send", CAMPAIGN, "--workers", workers, now=SUNDAY)
        waiting = winddown.tally()["waiting"]
        sentence = f"{EDITION}: the day's number of recipients is used up, and {waiting} messages wait"
        assert (ran.code, ran.said) == (0, f"winddown: {sentence}: run the command again tomorrow")
        assert len(winddown.emails()) == 10
    assert slack.told == [ran.said.removeprefix("winddown: ")]


@pytest.mark.parametrize("answer", [None, 500], ids=["not-there", "broken"])
def test_a_slack_that_fails_keeps_no_guard_from_halting_and_shows_no_secret(
    winddown: Winddown, slack: Slack, nobody: str, answer: int | None
) -> None:
    slack.answer = answer or 200
    winddown.patch.setenv("WINDDOWN_SLACK_WEBHOOK", slack.address if answer else nobody)
    halted(winddown)
    resumed = winddown("resume", CAMPAIGN, now="2026-11-22T07:05")
    assert resumed.code == 0
    assert TOKEN not in resumed.out + resumed.stderr


def test_what_is_done_by_hand_is_told_once_too(winddown: Winddown, slack: Slack) -> None:
    winddown.patch.setenv("WINDDOWN_SLACK_WEBHOOK", slack.address)
    planned = winddown.tally()["planned"]
    for command in ("halt", "halt", "resume", "resume", "cancel", "cancel"):
        assert winddown(command, CAMPAIGN, now=SUNDAY).code == 0
    assert slack.told == [
        f"{EDITION} was halted by hand: no reason was given",
        f"{EDITION} was resumed",
        f"{EDITION}: {planned:,} waiting messages were cancelled",
    ]


def test_an_unreachable_slack_fails_no_command(winddown: Winddown, nobody: str, tmp_path: Path) -> None:
    winddown.patch.setenv("WINDDOWN_SLACK_WEBHOOK", nobody)
    winddown.patch.chdir(tmp_path)
    ran = winddown("halt", CAMPAIGN, "--because", "a wrong picture", now=SUNDAY)
    assert (ran.code, TOKEN in ran.out + ran.stderr) == (0, False)
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 3
    assert winddown.emails() == {}
