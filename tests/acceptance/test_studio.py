"""The studio over HTTP, without a browser: what it refuses, what it keeps safe, and what it writes."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import duckdb
import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown
from previewed import Studio, previewed

from campaigns.plan.approval import manifest_hash
from campaigns.plan.edition_folder import EditionFolder


def _readers(winddown: Winddown, where: str = "TRUE") -> list[tuple[str, str, str]]:
    query = f"SELECT user_id, variant, delivery_id FROM read_parquet(?) WHERE {where} ORDER BY position"
    return duckdb.execute(query, [str(winddown.edition / "plan.parquet")]).fetchall()


def test_every_planned_message_is_the_one_that_is_sent(winddown: Winddown, studio: Studio) -> None:
    shown = {
        delivery: studio.ask("GET", f"/messages/{user}.eml").content for user, _, delivery in _readers(winddown)
    }
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert shown == winddown.emails()


def test_a_reader_s_page_shows_the_hash_of_what_is_sent(winddown: Winddown, studio: Studio) -> None:
    user, _, _ = _readers(winddown)[0]
    content = studio.ask("GET", f"/messages/{user}.eml").content
    page, manifest = studio.page(f"/readers/{user}"), json.loads((winddown.edition / "manifest.json").read_text())
    assert f'data-sha256="{sha256(content).hexdigest()}"' in page
    assert manifest["plan"]["sha256"] in page
    assert manifest["templates"] in page


def test_a_person_s_other_arm_is_made_as_the_plan_would_have_made_it(winddown: Winddown, studio: Studio) -> None:
    """Two people in different arms: each one's own message is the same when it is asked for as the other's arm."""
    for user, variant, _ in _readers(winddown)[:6]:
        own = studio.page(f"/messages/{user}.html")
        assert studio.page(f"/messages/{user}.html?variant={variant}") == own
        other = "control" if variant == "treatment" else "treatment"
        assert studio.page(f"/messages/{user}.html?variant={other}") != own


def test_the_reasons_end_in_the_picks_that_the_plan_has(winddown: Winddown, studio: Studio) -> None:
    for user, _, _ in _readers(winddown)[:12]:
        assert "differ from the plan" not in studio.page(f"/readers/{user}/why"), user


def test_the_reasons_say_when_they_no_longer_are_the_plan_s(winddown: Winddown, studio: Studio) -> None:
    user = _readers(winddown, "variant = 'treatment'")[0][0]
    winddown.edit(f"templates/{CAMPAIGN}/campaign.toml", "strength = 0.3", "strength = 1.0")
    assert "differ from the plan" in studio.page(f"/readers/{user}/why")
    assert "campaign.toml changed" in studio.page("/").lower()


def test_kinds_of_reader_are_found_and_each_opens(winddown: Winddown, studio: Studio) -> None:
    page = studio.page("/readers")
    for kind in ("longest_name", "right_to_left_name", "name_in_another_script", "oldest_account", "cohort"):
        assert f'data-kind="{kind}"' in page
    assert page.count('data-kind="language_and_variant"') == len(
        {(language, variant) for variant, language in _languages(winddown)}
    )


def _languages(winddown: Winddown) -> list[tuple[str, str]]:
    query = "SELECT DISTINCT variant, language FROM read_parquet(?)"
    return duckdb.execute(query, [str(winddown.edition / "plan.parquet")]).fetchall()


def test_the_funnel_lists_whom_each_gate_excluded(winddown: Winddown, studio: Studio) -> None:
    query = "SELECT user_id, reason FROM read_parquet(?)"
    excluded = duckdb.execute(query, [str(winddown.edition / "excluded.parquet")]).fetchall()
    overview = studio.page("/")
    for reason in {reason for _, reason in excluded}:
        assert f'href="/excluded/{reason}"' in overview
        users = [user for user, other in excluded if other == reason]
        page = studio.page(f"/excluded/{reason}")
        assert all(f"<code>{user}</code>" in page for user in sorted(users)[:20])
    assert studio.ask("GET", "/excluded/no_such_gate").status == 404


def test_forms_without_the_studio_s_own_token_do_nothing(winddown: Winddown, studio: Studio) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"name=Eve", b"csrf=&name=Eve", b"csrf=guess&name=Eve"):
        assert studio.ask("POST", "/approve", body, form).status == 403
    assert not (winddown.edition / "approved.json").exists()


def test_what_another_site_asks_is_refused(studio: Studio) -> None:
    assert studio.ask("GET", "/", headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert studio.ask("GET", "/", headers={"Host": "evil.example"}).status == 421
    assert studio.post("/plan", headers={"Origin": "https://evil.example"}).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/../winddown.toml",
        "/pictures/%2e%2e/x.png",
        "/pictures//etc/passwd",
        "/assets/../pages.py",
        "/assets/%2e%2e%2fpages.py",
    ],
)
def test_no_path_leads_out(studio: Studio, path: str) -> None:
    assert studio.ask("GET", path).status == 404


def test_nobody_is_sent_elsewhere_by_a_form(studio: Studio) -> None:
    for back in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        assert studio.post("/approve", name="", manifest="", back=back).headers["location"] == "/"


def test_every_answer_tells_browsers_to_be_careful(winddown: Winddown, studio: Studio) -> None:
    user = _readers(winddown)[0][0]
    for path in ("/", "/readers", "/problems", "/nothing", f"/readers/{user}", "/assets/studio.js"):
        headers = studio.ask("GET", path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    framed = studio.ask("GET", f"/messages/{user}.html").headers["content-security-policy"]
    assert "sandbox allow-same-origin" in framed
    assert "script-src" not in framed
    assert (
        "img-src" not in studio.ask("GET", f"/messages/{user}.html?images=off").headers["content-security-policy"]
    )


def test_other_machines_need_the_token_that_is_printed(winddown: Winddown) -> None:
    with previewed(winddown, "--host", "0.0.0.0") as studio:
        assert len(studio.token) >= 24
        assert studio.ask("GET", "/").status == 403
        assert studio.ask("GET", f"/?token={studio.token}").status == 303
        assert studio.ask("GET", "/", headers={"Authorization": f"Bearer {studio.token}"}).status == 200


def test_a_list_changed_by_somebody_else_is_not_overwritten(winddown: Winddown, studio: Studio) -> None:
    before = _curated(winddown)
    answer = studio.post("/curate", language="en", author="Ada", item=before[:3], seen=before[1:])
    assert answer.status == 303
    assert "changed by somebody else" in studio.page("/curate")
    assert _curated(winddown) == before


@pytest.mark.parametrize(
    ("author", "extra", "said"), [("", [], "who makes it"), ("Ada", ["item-nowhere"], "no item item-nowhere")]
)
def test_a_list_that_cannot_be_saved_leaves_the_table_as_it_was(
    winddown: Winddown, studio: Studio, author: str, extra: list[str], said: str
) -> None:
    table = (winddown.root / "data" / "curated.csv").read_bytes()
    before = _curated(winddown)
    studio.post("/curate", language="en", author=author, item=[*before[::-1], *extra], seen=before)
    assert said in studio.page("/curate")
    assert (winddown.root / "data" / "curated.csv").read_bytes() == table


def test_a_saved_list_leaves_the_others_alone_and_can_be_planned(winddown: Winddown, studio: Studio) -> None:
    before, others = _curated(winddown), _others(winddown)
    studio.post("/curate", language="en", author="Ada", item=before[::-1], seen=before)
    assert _curated(winddown) == before[::-1]
    assert _others(winddown) == others
    studio.post("/curate", language="en", author="Bo", item=before[:4], seen=before[::-1])
    studio.post("/curate/undo", language="en", author="Cy")
    studio.post("/curate/undo", language="en", author="Cy")
    assert _curated(winddown) == before
    studio.post("/curate/undo", language="en", author="Cy")
    assert "left to undo" in studio.page("/curate")
    assert winddown("plan", CAMPAIGN).code == 0


def test_an_approval_of_what_is_no_longer_planned_is_refused(winddown: Winddown, studio: Studio) -> None:
    studio.post("/approve", name="Ada", manifest="0" * 64)
    assert "planned anew after you looked" in studio.page("/")
    winddown.edit(f"templates/{CAMPAIGN}/strings/en.toml", '"', '" ')
    now = manifest_hash(EditionFolder(EDITION, winddown.edition))
    studio.post("/approve", name="Ada", manifest=now)
    assert "plan it again first" in studio.page("/")
    assert not (winddown.edition / "approved.json").exists()


def test_the_gallery_is_written_whole_and_never_over_something(winddown: Winddown, tmp_path: Path) -> None:
    folder = tmp_path / "gallery"
    winddown.patch.setenv("PATH", "/nowhere")  # no browser: that is slower than all else here together
    ran = winddown("preview", CAMPAIGN, "--static", str(folder))
    assert (ran.code, "no pictures" in ran.out) == (0, True)
    index = (folder / "index.html").read_text()
    written = {path.parent.name: path.read_bytes() for path in folder.glob("*/message.eml")}
    assert all(sha256(content).hexdigest() in index for content in written.values())
    again = winddown("preview", CAMPAIGN, "--static", str(folder))
    assert (again.code, "is not empty" in again.said) == (2, True)
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    assert written.items() <= winddown.emails().items()


def test_an_edition_that_is_not_planned_can_be_planned_in_the_studio(unplanned: Winddown) -> None:
    with previewed(unplanned) as studio:
        answer = studio.ask("GET", "/")
        assert (answer.status, b"is not planned" in answer.content) == (404, True)
        studio.post("/plan")
        _until(lambda: studio.ask("GET", "/").status == 200)
    assert unplanned("status", CAMPAIGN).code == 0


def test_beside_this_edition_stands_the_one_before(winddown: Winddown, studio: Studio) -> None:
    user, variant, _ = _readers(winddown)[0]
    assert "There is no earlier edition" in studio.page("/")
    assert studio.ask("GET", f"/messages/{user}.html?edition=earlier").status == 404
    earlier = winddown.edition.with_name("2026-W46")
    copytree(winddown.edition, earlier)
    overview, shown = studio.page("/"), studio.page(f"/messages/{user}.html?edition=earlier")
    assert "All the numbers are the same" in overview
    assert "Templates and settings are the same" in overview
    assert shown.replace("2026-W46", "2026-W47") == studio.page(f"/messages/{user}.html?variant={variant}")
    assert studio.page(f"/readers/{user}?beside=earlier").count("<iframe") == 2


def test_whoever_has_no_browser_approves_on_the_command_line(winddown: Winddown) -> None:
    ran = winddown("approve", CAMPAIGN, "--name", "Ada  Lovelace")
    assert ran.code == 0, ran.stderr
    approval = json.loads((winddown.edition / "approved.json").read_text())
    assert approval["name"] == "Ada Lovelace"
    assert approval["manifest"] == manifest_hash(EditionFolder(EDITION, winddown.edition))
    assert winddown("approve", CAMPAIGN, "--name", " ").code == 2


def _until(done: Callable[[], bool], patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _rows(winddown: Winddown) -> list[dict[str, str]]:
    with (winddown.root / "data" / "curated.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _is_ours(row: dict[str, str]) -> bool:
    return (row["edition"], row["language"]) == (EDITION.name, "en")


def _curated(winddown: Winddown) -> list[str]:
    return [row["item_id"] for row in _rows(winddown) if _is_ours(row)]


def _others(winddown: Winddown) -> set[tuple[str, ...]]:
    columns = ("edition", "language", "position", "item_id")
    return {tuple(row[name] for name in columns) for row in _rows(winddown) if not _is_ours(row)}
