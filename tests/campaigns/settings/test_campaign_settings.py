"""`campaign.toml`: read whole, or refused in a sentence that names the key, what it holds and what is wanted."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from campaigns.ground.errors import ConfigurationError
from campaigns.settings.campaign import CampaignSettings, read_campaign
from recsource.rules.at_most import AtMost
from recsource.rules.shuffle import Shuffle
from recsource.rules.take import Take

TOML = """\
name = "Weekly Winddown"
languages = ["en", "de"]
[schedule]
weekday = "saturday"
at = 18:30:00
timezone = "Europe/London"
[audience]
subscriptions = ["active"]
active_within_days = 60
language_fallback = { fr = "en" }
frequency_cap = { editions = 1, within_days = 6 }
[recommendations]
max_age_days = 4
[[rules]]
rule = "at_most"
narrator = 2
[[rules]]
rule = "shuffle"
strength = 0.3
[[rules]]
rule = "fill"
sources = ["curated"]
[[rules]]
rule = "take"
slots = 6
[experiment]
name = "picks"
salt = "picks-2026"
baseline = "control"
variants = [
    { name = "control", source = "curated", share = 0.5 },
    { name = "treatment", source = "recommended", share = 0.5 },
]
forced = { staff = "treatment" }
"""


def _read(folder: Path, text: str) -> CampaignSettings:
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    return read_campaign(folder)


def _refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        _read(folder, text)
    place, _, complaint = str(caught.value).partition("campaign.toml: ")
    assert place == f"{folder}/"
    return complaint


def test_a_sound_file_is_read_whole(tmp_path: Path) -> None:
    campaign = _read(tmp_path, TOML)
    assert campaign.rules[:2] == (AtMost(rule="at_most", narrator=2), Shuffle(rule="shuffle", strength=0.3))
    assert campaign.rules[3] == Take(rule="take", slots=6)
    assert campaign.slots == 6
    assert campaign.schedule.at == time(18, 30)
    assert (campaign.schedule.iso_weekday, campaign.schedule.give_up_after) == (6, timedelta(hours=36))
    assert campaign.schedule.local_time
    assert campaign.recommendations.max_bad_share == 0.01
    assert campaign.experiment.experiment().traffic_salt == "picks-2026-traffic"


def test_the_campaign_that_is_shipped_is_sound() -> None:
    folder = Path(__file__).parents[3] / "templates" / "weekly_winddown"
    assert read_campaign(folder).slots == 6


def test_settings_do_not_change_once_read(tmp_path: Path) -> None:
    campaign = _read(tmp_path, TOML)
    with pytest.raises(ValidationError, match="frozen"):
        campaign.schedule.weekday = "sunday"  # type: ignore[misc]  # the very point


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "Weekly', 'nane = "Weekly', "`name` is missing; add it; `nane` is not a setting; remove it or"),
        (
            "[audience]",
            "[audience]\nactiv = 1",
            "`audience.activ` is not a setting; remove it or correct its spelling",
        ),
        ("narrator = 2", "narator = 2", "`rules[1].narator` is not a setting; remove it or correct its spelling"),
        ("narrator = 2", "narrator = 0", "`rules[1].narrator` is 0; wanted greater than 0"),
        ("narrator = 2", "", "`rules[1]`: wanted a number for at least one of `narrator`, `topic`, `kind`"),
        ("strength = 0.3", "strength = 1.5", "`rules[2].strength` is 1.5; wanted less than or equal to 1"),
        ("strength = 0.3", "", "`rules[2].strength` is missing; add it"),
        ('"shuffle"', '"shufle"', "`rules[2]`: unknown rule 'shufle'; did you mean 'shuffle'?"),
        (
            '"shuffle"',
            '"xyz"',
            "`rules[2]`: unknown rule 'xyz'; wanted one of only_new, kinds, language, not_heard, ",
        ),
        ('rule = "shuffle"\n', "", "`rules[2]` lacks 'rule', which says what it is; add it"),
        (
            '["curated"]',
            '["curated", "editor"]',
            "`rules[3].sources[2]` is 'editor'; wanted 'curated' or 'popular'",
        ),
        ('["curated"]', "[]", "`rules[3].sources` is []; the tuple should have at least 1 item"),
        ("slots = 6", 'slots = "six"', "`rules[4].slots` is 'six'; wanted a valid integer"),
        (
            'rule = "take"\nslots = 6',
            'rule = "collections"',
            "rules: found 0 `take` rule(s) at all; wanted exactly one",
        ),
        (
            '"shuffle"\nstrength = 0.3',
            '"take"\nslots = 6',
            "rules: found 2 `take` rule(s); wanted exactly one, as the",
        ),
        (
            "[experiment]",
            '[[rules]]\nrule = "fill"\n[experiment]',
            "rules: found 1 `take` rule(s); wanted exactly one",
        ),
        ('"saturday"', '"someday"', "`schedule.weekday` is 'someday'; wanted 'monday', 'tuesday', "),
        ("at = 18:30:00", "at = 18", "`schedule.at` is 18; wanted a valid time"),
        ("Europe/London", "Europe", "`schedule.timezone`: 'Europe' is no time zone; wanted an IANA name such as"),
        ("Europe/London", "", "`schedule.timezone`: '' is no time zone; wanted"),
        ("Europe/London", "Mars/Base", "`schedule.timezone`: 'Mars/Base' is no time zone; wanted"),
        ("Europe/London", "../../etc/passwd", "`schedule.timezone`: '../../etc/passwd' is no time zone; wanted"),
        (
            "active_within_days = 60",
            "active_within_days = -1",
            "`audience.active_within_days` is -1; wanted greater",
        ),
        (
            'fr = "en"',
            'fr = "pt"',
            "`audience.language_fallback` gives 'fr' the email in 'pt', which the campaign does",
        ),
        ('["en", "de"]', "[]", "`languages` is []; the tuple should have at least 1 item"),
        ("share = 0.5 },\n]", "share = 0.6 },\n]", "`experiment`: the variants' shares add up to 1.1; wanted 1"),
        ("share = 0.5 },\n]", "share = 0 },\n]", "`experiment.variants[2].share` is 0; wanted greater than 0"),
        (
            'staff = "treatment"',
            'staff = "treated"',
            "`experiment`: 'treated' is no variant; wanted one of control, tr",
        ),
        (
            'baseline = "control"',
            'baseline = "ctrl"',
            "`experiment`: 'ctrl' is no variant; wanted one of control, tre",
        ),
        ('name = "treatment"', 'name = "control"', "`experiment`: two variants have one name: control, control"),
        (
            'name = "control"',
            'name = "Con trol"',
            "`experiment.variants[1].name` is 'Con trol'; the string should",
        ),
        (
            '"curated", share',
            '"chosen", share',
            "`experiment.variants[1].source` is 'chosen'; wanted 'recommended'",
        ),
        ("max_age_days = 4", "max_age_days = 0", "`recommendations.max_age_days` is 0; wanted greater than 0"),
    ],
)
def test_what_is_wrong_is_said_with_its_key_and_what_is_wanted(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in TOML
    assert _refusal(tmp_path, TOML.replace(old, new, 1)).startswith(complaint)


@pytest.mark.parametrize(("old", "new", "line"), [("[schedule]", "[schedule", 3), ("18:30:00", "25:00:00", 5)])
def test_what_is_no_toml_is_said_with_its_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    complaint = _refusal(tmp_path, TOML.replace(old, new))
    assert complaint.startswith("this is not valid TOML: ")
    assert f"(at line {line}, column " in complaint


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    found = _refusal(tmp_path, TOML.replace("slots = 6", "slots = 0").replace('"saturday"', '"someday"'))
    assert "`schedule.weekday`" in found
    assert "`rules[4].slots`" in found


def test_a_campaign_that_is_not_there_is_named_beside_those_that_are(tmp_path: Path) -> None:
    for name in ("weekly", "monthly"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "campaign.toml").write_text(TOML)
    with pytest.raises(
        ConfigurationError, match="weekli: there is no such campaign; known are monthly, weekly; name"
    ):
        read_campaign(tmp_path / "weekli")


def test_a_folder_without_its_file_is_said_to_need_one(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"campaign\.toml: there is no such file; a campaign's folder needs one"
    ):
        read_campaign(tmp_path)


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"campaign\.toml: this file cannot be read: "):
        read_campaign(tmp_path)


def test_bytes_that_are_no_text_are_no_toml(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigurationError, match=r"campaign\.toml: this is not valid TOML: 'utf-8' codec"):
        read_campaign(tmp_path)
