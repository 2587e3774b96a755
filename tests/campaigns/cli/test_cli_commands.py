"""The commands: what they print, for people and for machines, and from wherever they are run."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

import pytest
from command_line import CAMPAIGN, EDITION, FRIDAY, SUNDAY, Winddown, message_id

from campaigns.cli.call import app

TALLY = {"planned", "accepted", "rejected", "uncertain", "cancelled", "waiting", "in_flight", "balanced"}
COUNTS = {"considered", "excluded", "planned", "planned_by_variant", "recommendations", "rules"}


def a_user(winddown: Winddown) -> str:
    return min(delivery.user_id for delivery in winddown.deliveries().values())


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sample", ["--users", "--weeks", "--seed", "made-up workspace"]),
        ("plan", ["who gets what", "--date", "--json", "YYYY-MM-DD"]),
        ("check", ["without sending", "--json", "problem"]),
        ("render", ["--user", "--format", "eml", "html", "text", "--output"]),
        ("send", ["resumes where it stopped", "--json"]),
        ("status", ["counts balance", "--json"]),
        ("ingest", ["provider events", "completions", "--json"]),
        ("report", ["variants", "--from", "--to", "--json"]),
        ("run", ["cron", "as often as it likes", "--json"]),
        ("demo", ["made-up world", "simulated", "--users"]),
    ],
)
def test_every_command_explains_itself(winddown: Winddown, command: str, words: list[str]) -> None:
    ran = winddown.bare(command, "--help")
    said = " ".join(re.sub(r"[│╭╮╰╯─]", " ", ran.out).split())
    assert (ran.code, ran.stderr) == (0, "")
    assert [word for word in words if word not in said] == []


def test_help_names_every_command_and_the_options_before_it(winddown: Winddown) -> None:
    ran = winddown.bare("--help")
    assert ran.code == 0
    for command in app.registered_commands:
        assert command.callback is not None
        assert f" {command.name or command.callback.__name__.replace('_', '-')} " in ran.out
    for option in ("--workspace", "--now", "--debug"):
        assert option in ran.out


def test_a_whole_edition_in_json_and_not_a_byte_on_stderr(unplanned: Winddown) -> None:
    planned = unplanned("plan", CAMPAIGN, "--json")
    checked = unplanned("check", CAMPAIGN, "--json")
    sent = unplanned("send", CAMPAIGN, "--json", now=SUNDAY)
    status = unplanned("status", CAMPAIGN, "--json", now=SUNDAY)
    ran = unplanned("run", CAMPAIGN, "--json", now=SUNDAY)
    report = unplanned("report", CAMPAIGN, "--json", now=SUNDAY)
    for done in (planned, checked, sent, status, ran, report):
        assert (done.code, done.stderr) == (0, "")
    people = planned.json["counts"]["planned"]
    assert set(planned.json["counts"]) == COUNTS
    assert (planned.json["campaign"], planned.json["edition"]) == (CAMPAIGN, EDITION.name)
    assert checked.json["messages"] == people
    assert {finding["severity"] for finding in checked.json["findings"]} <= {"warning"}
    tally = sent.json["deliveries"]
    assert set(tally) == TALLY
    assert (tally["planned"], tally["accepted"], tally["balanced"]) == (people, people, True)
    stands = {"plan": planned.json["counts"], "deliveries": tally, "halted": None, "at_work": [], "shards": {}}
    assert status.json == stands
    assert ran.json == {"plan": planned.json["counts"], **sent.json}
    assert (sent.json["ended"], sent.json["sentence"]) == ("done", "")
    assert report.json["editions"] == [EDITION.name]


def test_a_whole_edition_for_people(unplanned: Winddown) -> None:
    planned = unplanned("plan", CAMPAIGN)
    for words in ("What the rules did", "at_most", "excluded: no consent", "planned"):
        assert words in planned.out
    checked = unplanned("check", CAMPAIGN)
    assert "no errors and" in checked.out
    sent = unplanned("send", CAMPAIGN, now=SUNDAY)
    status = unplanned("status", CAMPAIGN, now=SUNDAY)
    assert status.out.startswith(sent.out)
    assert re.search(r"120 considered = \d+ planned \+ \d+ excluded", status.out)
    assert "the counts balance" in status.out
    assert re.search(r"accepted +│ +\d+", status.out)
    assert "run" not in unplanned("run", CAMPAIGN, now=SUNDAY).stderr
    report = unplanned("report", CAMPAIGN, now=SUNDAY)
    assert str(unplanned.edition / "report.html") in report.out
    assert all(ran.stderr == "" for ran in (planned, checked, sent, status, report))


def test_progress_is_for_terminals_alone(winddown: Winddown) -> None:
    """As cron runs it: a process whose standard error is a pipe."""
    ran = winddown.run("run", CAMPAIGN, "--json")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.json["deliveries"]["balanced"] is True


def test_a_workspace_is_found_by_its_path_or_by_standing_in_it(
    winddown: Winddown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = winddown("status", CAMPAIGN, "--json")
    monkeypatch.chdir(tmp_path)
    beside = winddown.bare("--workspace", winddown.root.name, "--now", FRIDAY, "status", CAMPAIGN, "--json")
    monkeypatch.chdir(winddown.root)
    inside = winddown.bare("--now", FRIDAY, "status", CAMPAIGN, "--json")
    assert named.json == beside.json == inside.json


def test_sending_from_another_directory_leaves_nothing_there(
    winddown: Winddown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert list(elsewhere.iterdir()) == []
    assert len(winddown.emails()) == winddown.tally()["accepted"] > 0


@pytest.mark.parametrize("now", ["2026-11-20", "2026-11-20T20:00", "2026-11-20T21:00+01:00"])
def test_the_edition_is_that_of_the_clock_where_no_date_is_given(winddown: Winddown, now: str) -> None:
    assert winddown("status", CAMPAIGN, "--json", now=now).code == 0


def test_any_day_of_the_week_names_the_edition(winddown: Winddown) -> None:
    shown = [winddown("status", CAMPAIGN, "--date", day, "--json") for day in ("2026-11-16", "2026-11-22")]
    assert shown[0].json == shown[1].json
    assert winddown("status", CAMPAIGN, "--date", "2026-11-23").code == 2


def test_what_is_shown_is_what_is_sent_byte_for_byte(winddown: Winddown) -> None:
    people = [delivery.user_id for delivery in winddown.deliveries().values()][:5]
    before = {user: winddown("render", CAMPAIGN, "--user", user).stdout for user in people}
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    emails = winddown.emails()
    for user, shown in before.items():
        assert emails[message_id(shown)] == shown
        assert winddown("render", CAMPAIGN, "--user", user, now=SUNDAY).stdout == shown


def test_html_and_text_are_the_parts_of_the_whole_message(winddown: Winddown) -> None:
    user = a_user(winddown)
    whole = winddown("render", CAMPAIGN, "--user", user)
    message = email.message_from_bytes(whole.stdout, policy=email.policy.default)
    for form, subtype in (("html", "html"), ("text", "plain")):
        part = message.get_body((subtype,))
        assert part is not None
        shown = winddown("render", CAMPAIGN, "--user", user, "--format", form)
        assert part.get_content().splitlines() == shown.out.splitlines()
        assert shown.out.strip()


def test_a_message_can_be_shown_in_a_file(winddown: Winddown, tmp_path: Path) -> None:
    user, path = a_user(winddown), tmp_path / "shown.html"
    ran = winddown("render", CAMPAIGN, "--user", user, "--format", "html", "--output", str(path))
    assert (ran.code, ran.stdout) == (0, b"")
    shown = winddown("render", CAMPAIGN, "--user", user, "--format", "html")
    assert path.read_bytes() == shown.stdout


def test_every_email_carries_one_click_unsubscribe_unencoded(winddown: Winddown) -> None:
    """On the wire's bytes, because a parser would decode what mailbox providers do not."""
    winddown("send", CAMPAIGN, now=SUNDAY)
    emails = winddown.emails()
    assert emails
    links = set()
    for content in emails.values():
        head = content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
        found = re.search(
            rb"^List-Unsubscribe: <(https://mail\.winddown\.example/\S+)>, <(mailto:\S+)>\r?$", head, re.MULTILINE
        )
        assert found, head
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head + b"\r\n"
        links.add(found[1])
    assert len(links) == len(emails)


def test_events_and_completions_come_in_once(winddown: Winddown, tmp_path: Path) -> None:
    winddown("send", CAMPAIGN, now=SUNDAY)
    delivery = next(iter(winddown.deliveries().values()))
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        f'{{"provider_event_id":"e1","delivery_id":"{delivery.delivery_id}","type":"opened",'
        f'"at":"2026-11-22T07:00:00Z"}}\n'
        f'{{"user_id":"{delivery.user_id}","item_id":"item-00001","event":"complete","at":"2026-11-22T08:00:00Z"}}\n'
    )
    first, again = (winddown("ingest", str(lines), "--json", now="2026-11-22T12:00") for _ in range(2))
    assert (first.code, first.json["events_new"], first.json["interactions_new"]) == (0, 1, 1)
    assert (again.code, again.json["events_new"], again.json["events_known"]) == (0, 0, 1)
    assert again.json["interactions_new"] == 0


def test_problems_are_json_too_and_refuse(winddown: Winddown) -> None:
    winddown.edit(f"templates/{CAMPAIGN}/campaign.toml", '["https", "file"]', '["https"]')
    assert winddown("plan", CAMPAIGN).code == 0
    ran = winddown("check", CAMPAIGN, "--json")
    assert ran.code == 3
    finding = ran.json["findings"][0]
    assert finding["code"] == "bad_image"
    assert finding["messages"] == ran.json["messages"]
    assert finding["example"] in {delivery.user_id for delivery in winddown.deliveries().values()}
    refused = winddown("run", CAMPAIGN, now=SUNDAY)
    assert refused.code == 3
    assert "nothing was sent" in refused.said
    assert (winddown.emails(), winddown.tally()["accepted"]) == ({}, 0)
    shown = winddown("check", CAMPAIGN)
    assert finding["example"] in shown.out


def test_warnings_fail_where_the_check_is_strict_and_not_what_is_accepted(winddown: Winddown) -> None:
    settings = f"templates/{CAMPAIGN}/campaign.toml"
    winddown.edit(settings, '"unsupported.box_shadow",', "")
    assert winddown("plan", CAMPAIGN).code == 0
    assert winddown("check", CAMPAIGN).code == 0
    strict = winddown("check", CAMPAIGN, "--strict")
    assert (strict.code, "WARNING unsupported.box_shadow" in strict.out) == (3, True)
    winddown.edit(settings, '"unsupported.border_radius",', '"unsupported", "cut_subject",')
    assert winddown("plan", CAMPAIGN).code == 0
    accepted = winddown("check", CAMPAIGN, "--strict")
    assert (accepted.code, "no problem" in accepted.out) == (0, True)


def test_a_network_check_asks_for_what_the_edition_shows(winddown: Winddown) -> None:
    """Every way to the network leads to a port at which nobody answers."""
    winddown.patch.setenv("https_proxy", "http://127.0.0.1:9")
    ran = winddown("check", CAMPAIGN, "--network", "--json")
    finding = next(finding for finding in ran.json["findings"] if finding["code"] == "broken_link")
    assert (ran.code, finding["messages"]) == (3, ran.json["messages"])
    assert ".example/" in finding["detail"]
    assert ran.json["addresses_asked"] > 10


def test_a_sample_is_a_workspace_that_plans(winddown: Winddown, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = winddown.bare(
        "sample", str(folder), "--users", "50", "--weeks", "2", "--seed", "3", "--until", "2026-11-20"
    )
    assert (made.code, made.stderr) == (0, "")
    assert "interactions" in made.out
    planned = winddown.bare("--workspace", str(folder), "--now", FRIDAY, "plan", CAMPAIGN, "--json")
    assert planned.json["counts"]["considered"] == 50
    again = winddown.bare("sample", str(folder), "--users", "50")
    assert again.code == 2
    assert "not empty" in again.said
