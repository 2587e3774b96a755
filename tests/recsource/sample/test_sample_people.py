"""The people, and the oddities that gates and guards need."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from written_world import Sample

WELL_FORMED = r"[A-Za-z]+\.[A-Za-z]+\.[0-9]+@[A-Za-z]+\.[Ee]xample"
MAILABLE = (
    "email_consent AND subscription = 'active' AND last_active_at > TIMESTAMP '2026-11-01' AND language = 'en'"
)


def test_languages_have_their_shares_and_one_is_unsupported(sample: Sample) -> None:
    shares = dict(sample.rows(f"SELECT language, count(*) / {sample.world.users} FROM users GROUP BY 1"))
    expected = {"en": 0.70, "de": 0.12, "es": 0.12, "fr": 0.04, "pt": 0.02}
    assert shares == pytest.approx(expected, abs=0.05)


def test_every_time_zone_exists_and_belongs_to_one_country(sample: Sample) -> None:
    zones = sample.rows("SELECT timezone, count(DISTINCT country) FROM users GROUP BY 1")
    assert len(zones) > 15
    for zone, countries in zones:
        assert ZoneInfo(zone).key == zone
        assert countries == 1


def test_subscriptions_consents_and_favourite_times_are_mixed(sample: Sample) -> None:
    subscriptions = {name for (name,) in sample.rows("SELECT DISTINCT subscription FROM users")}
    assert subscriptions == {"trial", "active", "free", "lapsed", "cancelled"}
    assert 0.04 < sample.one("SELECT avg((NOT email_consent)::INT) FROM users") < 0.2
    times = {time for (time,) in sample.rows("SELECT DISTINCT favourite_time FROM users")}
    assert times == {"morning", "midday", "evening", "night", None}


def test_nobody_was_active_before_signing_up_or_after_the_data(sample: Sample) -> None:
    wrong = "signed_up_at > last_active_at OR last_active_at >= TIMESTAMP '2026-11-21'"
    assert sample.one(f"SELECT count(*) FROM users WHERE {wrong}") == 0


def test_lapsed_people_have_been_away(sample: Sample) -> None:
    assert sample.one(
        "SELECT max(last_active_at) < TIMESTAMP '2026-10-10' FROM users WHERE subscription = 'lapsed'"
    )


def test_some_otherwise_mailable_addresses_are_malformed(sample: Sample) -> None:
    malformed = f"NOT regexp_full_match(email, '{WELL_FORMED}')"
    assert sample.one(f"SELECT count(*) FROM users WHERE {malformed}") == 2
    assert sample.one(f"SELECT count(*) FROM users WHERE {malformed} AND {MAILABLE}") == 2


def test_some_mailable_accounts_share_an_address_and_some_differ_in_case(sample: Sample) -> None:
    accounts = (
        f"SELECT count(*) AS people, count(DISTINCT email) FROM users WHERE {MAILABLE} GROUP BY lower(email)"
    )
    spellings = [count for people, count in sample.rows(accounts) if people > 1]
    assert len(spellings) == 3
    assert set(spellings) == {1, 2}


def test_staff_and_testers_exist(sample: Sample) -> None:
    cohorts = dict(sample.rows("SELECT cohort, count(*) FROM users WHERE cohort IS NOT NULL GROUP BY 1"))
    assert cohorts == {"staff": 3, "test": 2}


@pytest.mark.parametrize("name", ["{{ 7*7 }}", "<b>", "さくら", "שָׂרָה", "Jürgen-Ömer"])
def test_mailable_people_have_names_that_are_hard_to_greet(sample: Sample, name: str) -> None:
    assert sample.one(f"SELECT count(*) FROM users WHERE first_name = '{name}' AND {MAILABLE}") >= 1


def test_some_names_are_missing_junk_or_very_long(sample: Sample) -> None:
    assert sample.one("SELECT count(*) FROM users WHERE first_name IS NULL") >= 1
    assert sample.one("SELECT count(*) FROM users WHERE trim(first_name) IN ('', 'null', 'test', 'N/A', '.')") >= 1
    assert sample.one("SELECT max(length(first_name)) FROM users") > 50


def test_suppressions_are_people_of_this_world_once_each(sample: Sample) -> None:
    assert 3 <= sample.counts["suppressions"] <= 9
    assert sample.one("SELECT count(DISTINCT lower(email)) FROM suppressions") == sample.counts["suppressions"]
    unknown = "lower(email) NOT IN (SELECT lower(email) FROM users)"
    assert sample.one(f"SELECT count(*) FROM suppressions WHERE {unknown}") == 0
    assert (
        sample.one(
            "SELECT count(*) FROM suppressions WHERE reason NOT IN ('unsubscribed', 'bounced', 'complained')"
        )
        == 0
    )
