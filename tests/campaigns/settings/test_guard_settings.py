"""Guards, quiet hours and warm-up: what they are where nothing is written, and what is refused in a sentence."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from campaigns.ground.errors import ConfigurationError
from campaigns.settings.campaign import CampaignSettings, CanarySettings, read_campaign
from campaigns.settings.workspace import WorkspaceSettings, read_workspace

CAMPAIGN = """\
name = "Weekly Winddown"
languages = ["en"]
[schedule]
weekday = "saturday"
at = 18:30:00
timezone = "Europe/London"
{quiet}
[audience]
subscriptions = ["active"]
active_within_days = 60
[recommendations]
max_age_days = 4
[[rules]]
rule = "take"
slots = 6
[experiment]
name = "picks"
salt = "picks-2026"
baseline = "control"
variants = [{{ name = "control", source = "curated", share = 1.0 }}]
{guards}
"""
WORKSPACE = """\
[data]
items = "items.csv"
collections = "collections.csv"
users = "users.csv"
interactions = "interactions.csv"
curated = "curated.csv"
suppressions = "suppressions.csv"
recommendations = "batch"
[identity]
from_name = "Winddown"
from_address = "hello@mail.winddown.example"
domain = "mail.winddown.example"
postal_address = "1 Quiet Lane"
feedback_id = "winddown1"
[links]
base_url = "https://mail.winddown.example"
unsubscribe_mailbox = "unsubscribe@mail.winddown.example"
[sender]
"""


def campaign(folder: Path, *, guards: str = "", quiet: str = "") -> CampaignSettings:
    text = CAMPAIGN.format(
        guards=f"[guards]\n{guards}" if guards else "",
        quiet=f"[schedule.quiet_hours]\n{quiet}" if quiet else "",
    )
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    return read_campaign(folder)


def workspace(folder: Path, sender: str) -> WorkspaceSettings:
    (folder / "winddown.toml").write_text(WORKSPACE + sender, encoding="utf-8")
    return read_workspace(folder)


def refusal(folder: Path, *, guards: str = "", quiet: str = "") -> str:
    with pytest.raises(ConfigurationError) as caught:
        campaign(folder, guards=guards, quiet=quiet)
    return str(caught.value).removeprefix(f"{folder}/campaign.toml: ")


def test_guards_stand_though_nobody_has_set_any(tmp_path: Path) -> None:
    guards = campaign(tmp_path).guards
    assert (guards.max_rejected, guards.max_bounced, guards.max_complained) == (0.05, 0.05, 0.005)
    assert (guards.max_total, guards.max_unrendered, guards.canary) == (None, 0, None)


@pytest.mark.parametrize(
    ("guards", "complaint"),
    [
        ("max_bouncd = 0.1", "`guards.max_bouncd` is not a setting; remove it or correct its spelling"),
        ("max_bounced = 5", "`guards.max_bounced` is 5; wanted less than or equal to 1"),
        ("max_complained = -0.1", "`guards.max_complained` is -0.1; wanted greater than or equal to 0"),
        ('max_rejected = "few"', "`guards.max_rejected` is 'few'; wanted a valid number"),
        ("max_total = 0", "`guards.max_total` is 0; wanted greater than 0"),
        ("max_unrendered = -1", "`guards.max_unrendered` is -1; wanted greater than or equal to 0"),
        ("canary = { messages = 20 }", "`guards.canary.pause_minutes` is missing; add it"),
        ("canary = { messages = 0, pause_minutes = 60 }", "`guards.canary.messages` is 0; wanted greater than 0"),
        ("canary = { share = 1.0, pause_minutes = 60 }", "`guards.canary.share` is 1.0; wanted less than 1"),
        ("canary = { messages = 20, pause_minutes = 0 }", "`guards.canary.pause_minutes` is 0; wanted greater"),
        ("canary = { pause_minutes = 60 }", "`guards.canary`: wanted the canary's size once: either"),
        (
            "canary = { messages = 20, share = 0.1, pause_minutes = 60 }",
            "`guards.canary`: wanted the canary's size once: either `messages` or `share`",
        ),
    ],
)
def test_guards_that_cannot_be_meant_are_refused(tmp_path: Path, guards: str, complaint: str) -> None:
    assert refusal(tmp_path, guards=guards).startswith(complaint)


@pytest.mark.parametrize(
    ("canary", "planned", "size"),
    [
        (CanarySettings(messages=20, pause_minutes=1), 5_000, 20),
        (CanarySettings(share=0.01, pause_minutes=1), 5_000, 50),
        (CanarySettings(share=0.01, pause_minutes=1), 10, 1),
    ],
)
def test_a_canary_is_a_number_or_a_share_and_never_nobody(canary: CanarySettings, planned: int, size: int) -> None:
    assert canary.size(planned) == size


def test_quiet_hours_are_counted_from_the_hour_that_messages_fall_due(tmp_path: Path) -> None:
    quiet = campaign(tmp_path, quiet="begin = 22:00:00\nend = 08:00:00").schedule.quiet
    assert quiet == (timedelta(hours=3.5), timedelta(hours=13.5))


@pytest.mark.parametrize(
    ("quiet", "complaint"),
    [
        ("begin = 22:00:00", "`schedule.quiet_hours.end` is missing; add it"),
        ('begin = "late"\nend = 08:00:00', "`schedule.quiet_hours.begin` is 'late'; wanted a valid time"),
        ("begin = 22:00:00\nend = 08:00:00\nzone = 1", "`schedule.quiet_hours.zone` is not a setting"),
        (
            "begin = 17:00:00\nend = 20:00:00",
            "`schedule`: messages fall due at 18:30, in the quiet hours from 17:00 to 20:00; wanted",
        ),
        (
            "begin = 18:30:00\nend = 08:00:00",
            "`schedule`: messages fall due at 18:30, in the quiet hours from 18:30 to 08:00; wanted",
        ),
        (
            "begin = 22:00:00\nend = 22:00:00",
            "`schedule`: messages fall due at 18:30, in the quiet hours from 22:00 to 22:00; wanted",
        ),
    ],
)
def test_quiet_hours_that_cannot_be_meant_are_refused(tmp_path: Path, quiet: str, complaint: str) -> None:
    assert refusal(tmp_path, quiet=quiet).startswith(complaint)


def test_a_warm_up_is_a_first_day_and_its_numbers(tmp_path: Path) -> None:
    warm_up = workspace(tmp_path, "[sender.warm_up]\nfirst = 2026-11-21\ndaily = [200, 500]").sender.warm_up
    assert warm_up is not None
    assert (warm_up.first, warm_up.daily) == (date(2026, 11, 21), (200, 500))


@pytest.mark.parametrize(
    ("sender", "complaint"),
    [
        ("[sender.warm_up]\ndaily = [200]", "`sender.warm_up.first` is missing; add it"),
        ("[sender.warm_up]\nfirst = 2026-11-21", "`sender.warm_up.daily` is missing; add it"),
        (
            "[sender.warm_up]\nfirst = 2026-11-21\ndaily = []",
            "`sender.warm_up.daily` is []; the tuple should have",
        ),
        (
            "[sender.warm_up]\nfirst = 2026-11-21\ndaily = [200, 0]",
            "`sender.warm_up.daily[2]` is 0; wanted greater than 0",
        ),
        (
            '[sender.warm_up]\nfirst = "soon"\ndaily = [200]',
            "`sender.warm_up.first` is 'soon'; wanted a valid date",
        ),
        ("workers = 0", "`sender.workers` is 0; wanted greater than 0"),
        ("max_per_second = 0", "`sender.max_per_second` is 0; wanted greater than 0"),
        ("lease_minutes = 0", "`sender.lease_minutes` is 0; wanted greater than 0"),
    ],
)
def test_a_pace_that_cannot_be_meant_is_refused(tmp_path: Path, sender: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        workspace(tmp_path, sender)
    assert str(caught.value).removeprefix(f"{tmp_path}/winddown.toml: ").startswith(complaint)
