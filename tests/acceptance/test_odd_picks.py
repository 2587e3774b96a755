"""Dogfood: colleagues get an edition first and press "odd pick?"; what is wrong with the edition shows up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import duckdb
from command_line import CAMPAIGN, KEY, Winddown
from served import BASE_URL, served

from campaigns.links import SignedLinks

THURSDAY = "2026-11-19T20:00"
KIDS = re.compile(r'\[\[rules\]\]\nrule = "kids"\n[^\n]*\n')
QUESTION = re.compile(r'href="(https://[^"]*/p/[^"]+)"')
LINKS = SignedLinks.of([KEY], base_url=BASE_URL, mailbox="unsubscribe@mail.winddown.example")


def _plan(winddown: Winddown, *, kids_rule: bool) -> None:
    """Half of the people are colleagues; the edition is planned for them first, with or without the rule."""
    users = winddown.root / "data" / "users.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"CREATE TABLE u AS FROM '{users}'")
        engine.execute("UPDATE u SET cohort = CASE WHEN ascii(user_id[-1]) % 2 = 0 THEN 'staff' END")
        engine.execute(f"COPY u TO '{users}' (FORMAT parquet)")
    settings = winddown.root / "templates" / CAMPAIGN / "campaign.toml"
    text = settings.read_text(encoding="utf-8").replace("[experiment]\n", "[dogfood]\n\n[experiment]\n")
    settings.write_text(text if kids_rule else KIDS.sub("", text), encoding="utf-8")
    ran = winddown("plan", CAMPAIGN, now=THURSDAY)
    assert ran.code == 0, ran.stderr


def _shown(winddown: Winddown) -> list[tuple[str, str, bool]]:
    """Each item that a colleague is shown: user, item, and whether it is for kids."""
    with duckdb.connect() as reader:
        return reader.execute(
            f"""SELECT user_id, item_id, for_kids
            FROM (SELECT user_id, unnest(slots).item_id AS item_id FROM '{winddown.edition / "plan.parquet"}'
                  WHERE attributes.cohort = 'staff')
            JOIN '{winddown.root / "data" / "items.parquet"}' USING (item_id) ORDER BY ALL"""
        ).fetchall()


def _questions(winddown: Winddown, user_id: str) -> dict[str, str]:
    """The link behind each item's card in a colleague's email."""
    html = winddown("render", CAMPAIGN, "--user", user_id, "--format", "html").out
    links = QUESTION.findall(html)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return {LINKS.read_odd_pick(link.rpartition("/")[2], now).item_id: link for link in links}


def _summary(winddown: Winddown) -> Any:
    ran = winddown("odd-picks", CAMPAIGN, "--json")
    assert ran.code == 0, ran.stderr
    return ran.json


def test_kids_content_for_adults_shows_up_where_the_kids_rule_is_off(unplanned: Winddown) -> None:
    _plan(unplanned, kids_rule=False)
    shown = _shown(unplanned)
    for_kids = [(user_id, item_id) for user_id, item_id, kids in shown if kids]
    fine = next((user_id, item_id) for user_id, item_id, kids in shown if not kids)
    assert len(for_kids) > 3
    with served(unplanned) as service:
        for user_id, item_id in (*for_kids, fine):
            link = _questions(unplanned, user_id)[item_id]
            assert b"<button>" in service.get(link).content
            assert service.one_click(link).status == 200
    odd = _summary(unplanned)
    assert odd["answers"] == len(for_kids) + 1
    assert 0 < odd["rules"]["kids"] <= len(for_kids)
    assert max(odd["rules"], key=odd["rules"].get) == "kids"
    by_item = {item["item_id"]: item for item in odd["items"]}
    assert {item for item, row in by_item.items() if "kids" in row["rules"]} <= {
        item_id for _, item_id in for_kids
    }
    assert sum(item["answers"] for item in odd["items"]) == sum(odd["kinds"].values()) == odd["answers"]
    told = unplanned("odd-picks", CAMPAIGN).out
    assert "kids' content for adults" in " ".join(told.split())


def test_with_the_rule_on_no_colleague_who_hears_no_kids_content_is_shown_any(unplanned: Winddown) -> None:
    _plan(unplanned, kids_rule=True)
    user_id, item_id, _ = _shown(unplanned)[0]
    with served(unplanned) as service:
        assert service.one_click(_questions(unplanned, user_id)[item_id]).status == 200
    assert _summary(unplanned)["rules"] == {"": 1}
    assert "no rule" in unplanned("odd-picks", CAMPAIGN).out


def test_before_anybody_answers_there_is_nothing_to_tell(unplanned: Winddown) -> None:
    _plan(unplanned, kids_rule=True)
    assert unplanned("odd-picks", CAMPAIGN).out == "Nobody has found a pick odd.\n"
    assert _summary(unplanned) == {"answers": 0, "items": [], "kinds": {}, "rules": {}}


def test_everybody_elses_email_has_no_question(unplanned: Winddown) -> None:
    _plan(unplanned, kids_rule=True)
    with duckdb.connect() as reader:
        query = f"SELECT user_id FROM '{unplanned.edition / 'plan.parquet'}' WHERE attributes.cohort IS NULL"
        others = [user_id for (user_id,) in reader.execute(query).fetchall()]
    assert others
    assert not any(_questions(unplanned, user_id) for user_id in others[:5])
