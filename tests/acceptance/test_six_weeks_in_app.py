"""An experiment in an application, from the first colleague who sees it to the report: six weeks, played.

Colleagues see the carousel a week before anybody else. Then newcomers are enrolled in three groups: nothing
changes, what is popular, what suits them. Redis is away for a day, and a version is taken back.
"""

from __future__ import annotations

import os
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from carousel_app import DAY, App, Showing
from command_line import Winddown, free_of_settings
from providers.redis_server import RedisServer, find_binary

from campaigns.demo.sample import write_sample
from campaigns.ports.progress import Silent
from recsource.serving.reading import Origin, Reader, connect

BEGINS = datetime(2026, 10, 12, tzinfo=UTC)
WEEKS = 6
ENDS = BEGINS + WEEKS * 7 * DAY
AWAY = BEGINS + 16 * DAY  # Redis does not answer on that day
REGRETTED = BEGINS + 30 * DAY  # a version is taken back on that day
VARIANTS = {"control": "none", "popularity": "popular", "personalised": "recommended"}
_SETTINGS = """
[recs.serving]
keep_days = 400  # Redis has the real time, and would have let go of these weeks long ago
enrols_from = 2026-10-12T00:00:00Z

[recs.serving.experiment]
name = "carousel"
baseline = "control"
traffic = 0.0
primary = "completion_days_7"
variants = [
    { name = "control", source = "none", share = 0.34 },
    { name = "popularity", source = "popular", share = 0.33 },
    { name = "personalised", source = "recommended", share = 0.33 },
]
contrasts = [["personalised", "control"], ["personalised", "popularity"]]
forced = { staff = "personalised" }
"""


class _Test:
    """The weeks, played."""

    def __init__(self, winddown: Winddown, server: RedisServer) -> None:
        """People sign up until nearly the end, so that some have no whole week."""
        self.winddown = winddown
        self.app = App(winddown.root, BEGINS, signing_up=38 * DAY)
        self.seconds = 0.0
        self._server = server
        self._reader = Reader(connect(server.url, timeout_s=0.5), stopwatch=lambda: self.seconds)

    def play(self) -> None:
        """All days, a new batch and its version each Monday."""
        for number in range(-7, WEEKS * 7):
            today = BEGINS + number * DAY
            self.seconds += 86_400
            if today == BEGINS:
                self.winddown.edit("winddown.toml", "traffic = 0.0", "traffic = 1.0")
            if number % 7 == 0:
                self._serve(today + timedelta(hours=6))
            if today == REGRETTED:
                self._regret(today + timedelta(hours=7))
            if today == AWAY:
                self._without_redis(today)
            else:
                self.app.play(today, self._reader)
        self.app.know(ENDS)

    def _serve(self, now: datetime) -> None:
        self.app.know(now)
        self._call(now, "recs", "run", "--source", "local")
        self._call(now, "recs", "serve", "--to", self._server.url)

    def _regret(self, now: datetime) -> None:
        """A version of one pick a person is served, and taken back."""
        before = self._current()
        self.winddown.edit(
            "winddown.toml", "[recs.serving]\n", "[recs.serving]\nrules = [{rule='take', slots=1}]\n"
        )
        self._call(now, "recs", "serve", "--to", self._server.url)
        assert self._current() != before
        self._call(now, "recs", "serve", "--to", self._server.url, "--roll-back")
        assert self._current() == before
        self.winddown.edit("winddown.toml", "rules = [{rule='take', slots=1}]\n", "")

    def _without_redis(self, today: datetime) -> None:
        os.kill(self._server.pid, signal.SIGSTOP)
        try:
            self.app.play(today, self._reader)
        finally:
            os.kill(self._server.pid, signal.SIGCONT)

    def _current(self) -> bytes | None:
        with self._server.client() as redis:
            return redis.get("winddown:current")

    def _call(self, now: datetime, *arguments: str) -> None:
        ran = self.winddown(*arguments, now=f"{now:%Y-%m-%dT%H:%M}")
        assert ran.code == 0, ran.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Test]:
    if find_binary() is None:
        pytest.skip("Redis is not installed; `apt-get install redis-server` brings it")
    root = tmp_path_factory.mktemp("carousel") / "workspace"
    write_sample(root, users=900, weeks=16, seed=7, until=date(2026, 11, 22), progress=Silent())
    settings = root / "winddown.toml"
    settings.write_text(settings.read_text("utf-8") + _SETTINGS, "utf-8")
    with pytest.MonkeyPatch.context() as patch, RedisServer() as server:
        free_of_settings(patch)
        test = _Test(Winddown(root, patch), server)
        test.play()
        yield test


@pytest.fixture(scope="module")
def report(played: _Test) -> Mapping[str, Any]:
    log = played.winddown.root / "exposures.jsonl"
    log.write_text("".join(played.app.exposures()), "utf-8")
    ran = played.winddown("report-test", "carousel", str(log), "--json", now=f"{ENDS:%Y-%m-%dT%H:%M}")
    assert ran.code == 0, ran.stderr
    found: Mapping[str, Any] = ran.json
    return found


def test_colleagues_see_it_before_anybody_else(played: _Test) -> None:
    first_week = [showing for showing in played.app.shown if showing.at < BEGINS]
    seen = {_user(showing) for showing in first_week if showing.served.picks}
    assert seen
    assert seen <= played.app.staff
    assert {_method(showing) for showing in first_week if _user(showing) in played.app.staff} == {"forced"}
    assert {_method(showing) for showing in first_week} == {"forced", "outside_enrolment"}


def test_newcomers_are_enrolled_and_nobody_else(played: _Test) -> None:
    methods = defaultdict(set)
    for showing in played.app.shown:
        methods[_method(showing)].add(_user(showing))
    assert methods["randomised"] == {user for user in map(_user, played.app.shown) if user in played.app.signed_up}
    assert methods["forced"] <= played.app.staff
    assert not methods["outside_enrolment"] & (played.app.signed_up.keys() | played.app.staff)


def test_whoever_is_in_a_variant_stays_there_and_sees_what_it_says(played: _Test) -> None:
    variants = defaultdict(set)
    for showing in played.app.shown:
        assert showing.served.assigned
        variants[_user(showing)].add(showing.served.assigned.variant)
        if VARIANTS[showing.served.assigned.variant] == "none":
            assert not showing.served.picks
        else:
            assert len(showing.served.picks) > 1
    assert {len(each) for each in variants.values()} == {1}


def test_a_day_without_redis_shows_what_most_people_see_and_changes_no_variant(played: _Test) -> None:
    that_day = [showing for showing in played.app.shown if AWAY <= showing.at < AWAY + DAY]
    origins = Counter(showing.served.origin for showing in that_day if showing.served.picks)
    assert origins.keys() == {Origin.UNREACHABLE}
    assert all(showing.served.assigned for showing in that_day)


def test_the_report_counts_each_newcomers_distinct_days_from_the_first_exposure_on(
    played: _Test, report: Mapping[str, Any]
) -> None:
    (days,) = (metric for metric in report["metrics"] if metric["name"] == "completion_days_7")
    assert {arm["variant"]: (arm["count"], arm["of"]) for arm in days["arms"]} == _by_hand(played.app)
    assert sum(arm["of"] for arm in days["arms"]) < len(_enrolled(played.app))  # the last week is not over


def test_either_list_beats_none_and_the_model_is_told_from_any_list_at_all(report: Mapping[str, Any]) -> None:
    """Whether the model beats what is popular among people who have hardly come is for the report to say."""
    (days,) = (metric for metric in report["metrics"] if metric["role"] == "primary")
    assert days["name"] == "completion_days_7"
    compared = {(each["variant"], each["against"]): each for each in days["comparisons"]}
    assert {pair for pair, each in compared.items() if each["planned"]} == {
        ("personalised", "control"),
        ("personalised", "popularity"),
    }
    for variant in ("personalised", "popularity"):
        assert compared[variant, "control"]["contrast"]["difference"]["low"] > 0
    assert compared["personalised", "control"]["adjusted_p"] < 0.05
    assert not any(check["alarm"] for check in report["checks"])


def _user(showing: Showing) -> str:
    return showing.visitor.user_id


def _method(showing: Showing) -> str:
    assert showing.served.assigned
    return showing.served.assigned.method


def _enrolled(app: App) -> Mapping[str, tuple[datetime, str]]:
    """When each newcomer was first exposed, and in which variant."""
    first: dict[str, tuple[datetime, str]] = {}
    for showing in sorted(app.shown, key=lambda showing: showing.at):
        if _method(showing) == "randomised":
            assert showing.served.assigned
            first.setdefault(_user(showing), (showing.at, showing.served.assigned.variant))
    return first


def _by_hand(app: App) -> Mapping[str, tuple[int, int]]:
    """By variant, the days and the people; of those who came in a week all of whose seven days are over."""
    weeks = defaultdict(set)
    for user, (at, _) in _enrolled(app).items():
        weeks[at.isocalendar()[:2]].add(user)
    over = {week for week in weeks if all(_enrolled(app)[user][0] + 7 * DAY <= ENDS for user in weeks[week])}
    enrolled = {user: first for user, first in _enrolled(app).items() if first[0].isocalendar()[:2] in over}
    days = defaultdict(set)
    for row in app.interactions(ENDS).to_pylist():
        if row["event"] == "complete" and row["user_id"] in enrolled:
            since = row["at"].replace(tzinfo=UTC) - enrolled[row["user_id"]][0]
            if timedelta(0) <= since < 7 * DAY:
                days[row["user_id"]].add(since // DAY)
    sums: dict[str, list[int]] = {variant: [0, 0] for variant in VARIANTS}
    for user, (_, variant) in enrolled.items():
        sums[variant][0] += len(days[user])
        sums[variant][1] += 1
    return {variant: (count, people) for variant, (count, people) in sums.items()}
