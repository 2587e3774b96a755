"""The studio as a marketer uses it, in a real browser: look, find, curate, edit, send a test, approve."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from hashlib import sha256

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown
from playwright.sync_api import Error, Page, expect
from smtp_provider import AnyPort

PAGES = (
    "/",
    "/excluded/no_consent",
    "/readers",
    "/readers/{reader}",
    "/readers/{reader}?view=phone",
    "/readers/{reader}?view=dark",
    "/readers/{reader}?view=images-off",
    "/readers/{reader}?view=text",
    "/readers/{reader}?view=inbox",
    "/readers/{reader}?view=source",
    "/readers/{reader}?beside=arm",
    "/readers/{reader}/why?whole",
    "/problems",
    "/curate",
    "/readers/nobody",
)


@pytest.fixture
def reader(winddown: Winddown) -> str:
    """Somebody in the plan, in English and the treatment."""
    query = "SELECT min(user_id) FROM read_parquet(?) WHERE language = 'en' AND variant = 'treatment'"
    (user_id,) = duckdb.execute(query, [str(winddown.edition / "plan.parquet")]).fetchall()[0]
    return str(user_id)


def test_a_reader_is_found_while_typing_and_by_keyboard(page: Page, reader: str) -> None:
    page.goto("/")
    page.keyboard.press("r")
    page.wait_for_url("**/readers")
    page.keyboard.press("/")
    page.keyboard.type(reader[-5:])
    expect(page.locator("#found a").first).to_contain_text(reader)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/readers/{reader}")
    page.keyboard.press("s")
    page.wait_for_url(re.compile(r"/readers/u\d+$"))


def test_views_are_switched_by_key_and_scripts_never_run_in_the_email(page: Page, reader: str) -> None:
    page.goto(f"/readers/{reader}")
    frame = page.frame_locator("iframe[data-message]")
    expect(frame.locator("body")).to_contain_text("Winddown")
    assert page.locator("iframe[data-message]").get_attribute("sandbox") == "allow-same-origin"
    page.keyboard.press("2")
    page.wait_for_url("**view=phone")
    width = page.locator("iframe[data-message]").evaluate("frame => frame.clientWidth")
    assert width == 360
    page.keyboard.press("5")
    expect(page.get_by_label("Plain text")).to_contain_text("unsubscribe", ignore_case=True)
    page.keyboard.press("7")
    expect(page.get_by_label("Source")).to_contain_text("List-Unsubscribe:")


def test_the_dark_view_is_dark_whatever_the_browser_prefers(page: Page, reader: str) -> None:
    for preferred in ("light", "dark"):
        page.emulate_media(color_scheme=preferred)
        for view, bright in (("desktop", True), ("dark", False)):
            page.goto(f"/readers/{reader}?view={view}")
            words = page.frame_locator("iframe[data-message]").get_by_text("Good evening").last
            channels = re.findall(r"\d+", words.evaluate("words => getComputedStyle(words).color"))
            assert (sum(map(int, channels[:3])) < 384) is bright, (preferred, view, channels)


def test_a_person_s_arms_stand_side_by_side_with_the_reasons(page: Page, reader: str) -> None:
    page.goto(f"/readers/{reader}")
    expect(page.locator("#why table").first).to_be_visible()
    expect(page.locator("#why .notice")).to_have_count(0)
    page.get_by_label("Beside it").get_by_text("Control").click()
    expect(page.locator("iframe[data-message]")).to_have_count(2)
    titles = [page.frame_locator("iframe[data-message]").nth(n).locator("body") for n in range(2)]
    expect(titles[1]).to_contain_text("Winddown")
    assert titles[0].inner_text() != titles[1].inner_text()


def test_a_planted_problem_is_found_with_somebody_to_see_it_on(winddown: Winddown, page: Page) -> None:
    plain = '<mj-text><a href="http://plain.example/">more</a></mj-text>'
    winddown.edit("templates/shared/footer.mjml", "<mj-text", f"{plain}<mj-text")
    assert winddown("plan", CAMPAIGN).code == 0
    page.goto("/problems")
    row = page.locator("tr", has_text="bad_link")
    expect(row).to_be_visible()
    row.get_by_role("link").click()
    expect(page.get_by_label("About this message")).to_contain_text("a link does not begin")


def test_links_and_pictures_are_asked_for_when_told_to(page: Page) -> None:
    page.goto("/problems")
    expect(page.locator("main")).not_to_contain_text("over the network")
    page.get_by_role("button", name="ask for links and pictures, too").click()
    expect(page.locator("main")).to_contain_text("were asked for over the network")


def test_the_list_is_curated_by_dragging_and_by_keyboard_and_undone(winddown: Winddown, page: Page) -> None:
    before = _curated(winddown)
    page.goto("/curate?language=en")
    candidate = page.locator("#candidates .item").first
    dragged = str(candidate.get_attribute("data-item"))
    candidate.drag_to(page.locator("#listed .item").first)
    expect(page.locator("#listed .item").first).to_have_attribute("data-item", dragged)
    second = page.locator("#listed .item").nth(1)
    moved = str(second.get_attribute("data-item"))
    second.focus()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#listed .item").nth(3)).to_have_attribute("data-item", moved)
    page.locator("#listed .item").last.focus()
    page.keyboard.press("Enter")
    wanted = [str(item.get_attribute("data-item")) for item in page.locator("#listed .item").all()]
    page.locator("#curate").get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Save the list").click()
    expect(page.locator(".notice").first).to_contain_text("saved")
    assert _curated(winddown) == wanted
    assert {row["author"] for row in _listed(winddown)} == {"Ada"}
    expect(page.locator(".notice.changed")).to_contain_text("curated picks")
    page.get_by_role("button", name="Undo Ada's change").click()
    expect(page.locator(".notice").first).to_contain_text("undone")
    assert _curated(winddown) == before


def test_saving_a_template_shows_it_by_itself_and_an_error_shows_its_place(
    winddown: Winddown, page: Page, reader: str
) -> None:
    page.goto(f"/readers/{reader}")
    subject = page.locator(".envelope dd").nth(2)
    expect(subject).not_to_contain_text("Brand new")
    (winddown.root / f"templates/{CAMPAIGN}/subject.txt").write_text("Brand new: {{ picks[0].title }}\n")
    expect(subject).to_contain_text("Brand new")
    expect(page.locator(".standing")).to_contain_text("Changed since planned")
    winddown.edit(f"templates/{CAMPAIGN}/body.mjml", "<mj-body", "<mj-boddy")
    expect(page.get_by_role("alert")).to_contain_text("body.mjml, line")
    expect(page.locator(".excerpt .meant")).to_contain_text("mj-boddy")
    expect(page.locator("iframe[data-message]")).to_have_count(0)
    winddown.edit(f"templates/{CAMPAIGN}/body.mjml", "<mj-boddy", "<mj-body")
    expect(page.locator("iframe[data-message]")).to_have_count(1)


class _Mailbox:
    """Takes mail over, and keeps it."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, _: object, __: object, envelope: object) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append((envelope.rcpt_tos, envelope.content))  # type: ignore[attr-defined]
        return "250 OK"


@pytest.fixture
def mailbox(winddown: Winddown) -> Iterator[_Mailbox]:
    """A local SMTP server, through which the workspace sends."""
    mailbox = _Mailbox()
    controller = AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    settings = {
        "PROVIDER": "smtp",
        "SMTP__HOST": "127.0.0.1",
        "SMTP__PORT": str(controller.port),
        "SMTP__SECURITY": "none",
    }
    for name, value in settings.items():
        winddown.patch.setenv(f"WINDDOWN_SENDER__{name}", value)
    yield mailbox
    controller.stop()


def test_a_test_message_arrives_marked_and_counts_nowhere(
    mailbox: _Mailbox, winddown: Winddown, page: Page, reader: str
) -> None:
    before = winddown.tally()
    page.goto(f"/readers/{reader}")
    subject = page.locator(".envelope dd").nth(2).inner_text()
    page.get_by_label("Send it to").fill("me@example.com, you@example.com")
    page.get_by_role("button", name="Send test").click()
    expect(page.locator(".notice").first).to_contain_text("me@example.com accepted")
    assert [recipients for recipients, _ in mailbox.taken] == [["me@example.com"], ["you@example.com"]]
    assert message_from_bytes(mailbox.taken[0][1], policy=default)["Subject"] == f"[TEST] {subject}"
    assert winddown.tally() == before


def test_what_is_approved_is_sent_and_what_was_planned_anew_is_not(winddown: Winddown, page: Page) -> None:
    _demand_approval(winddown)
    refused = winddown("run", CAMPAIGN, now=SUNDAY)
    assert (refused.code, "is not approved" in refused.said) == (3, True)
    page.goto("/")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Approve this edition").click()
    expect(page.locator(".standing")).to_contain_text("by Ada")
    winddown.edit(f"templates/{CAMPAIGN}/strings/en.toml", '"', '" ')
    assert winddown("plan", CAMPAIGN).code == 0
    stale = winddown("run", CAMPAIGN, now=SUNDAY)
    assert (stale.code, "planned anew after Ada approved it" in stale.said) == (3, True)
    assert winddown.emails() == {}
    expect(page.locator(".standing")).to_contain_text("of another plan")
    page.get_by_label("Your name").fill("Bo")
    page.get_by_role("button", name="Approve this edition").click()
    expect(page.locator(".standing")).to_contain_text("by Bo")
    assert winddown("run", CAMPAIGN, now=SUNDAY).code == 0
    assert len(winddown.emails()) == winddown.tally()["planned"]


def test_what_the_page_shows_is_byte_for_byte_what_is_sent(winddown: Winddown, page: Page) -> None:
    page.goto("/readers")
    shown = {}
    for link in [str(link.get_attribute("href")) for link in page.locator(".gallery a").all()]:
        page.goto(link)
        name = str(page.request.get(f"/messages/{link.rpartition('/')[2]}.eml").headers["content-disposition"])
        delivery = re.search(r'"(\w+)\.eml"', name)
        assert delivery
        shown[delivery[1]] = str(page.locator("#message-hash").get_attribute("data-sha256"))
    assert winddown("send", CAMPAIGN, now=SUNDAY).code == 0
    sent = {name: sha256(content).hexdigest() for name, content in winddown.emails().items()}
    assert len(shown) >= 5
    assert shown.items() <= sent.items()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_anything_serious_for_axe(page: Page, reader: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in PAGES:
        _open(page, path.format(reader=reader))
        found = Axe().run(page).response["violations"]
        grave = [
            (one["id"], [node["target"] for node in one["nodes"]])
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]
        assert grave == [], path


def test_pages_fit_a_phone(page: Page, reader: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in PAGES:
        _open(page, path.format(reader=reader))
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, path


def _open(page: Page, path: str) -> None:
    """Go there; once more where the page at hand was just reloading itself."""
    try:
        page.goto(path)
    except Error as error:
        if "interrupted by another navigation" not in error.message:
            raise
        page.goto(path)


def _demand_approval(winddown: Winddown) -> None:
    path = winddown.root / "templates" / CAMPAIGN / "campaign.toml"
    path.write_text(f"{path.read_text()}\n[approval]\nrequired = true\n")


def _listed(winddown: Winddown) -> list[dict[str, str]]:
    with (winddown.root / "data" / "curated.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if (row["edition"], row["language"]) == (EDITION.name, "en")]


def _curated(winddown: Winddown) -> list[str]:
    return [row["item_id"] for row in sorted(_listed(winddown), key=lambda row: int(row["position"]))]
