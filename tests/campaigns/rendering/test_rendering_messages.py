"""A message's headers, and what templates may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendering_world import EDITION, IDENTITY, campaign, compiled, row, tiny

from campaigns.ground.errors import TemplateError
from campaigns.ground.message import Mailbox
from campaigns.rendering.views import with_utm


def test_the_headers_are_exactly_these_in_this_order() -> None:
    delivery = f"{7:032x}"
    message = compiled(languages=("en",)).render(row())
    assert message.headers == (
        ("Message-ID", f"<{delivery}@winddown.example>"),
        ("Date", "Sat, 28 Nov 2026 18:00:00 +0000"),
        (
            "List-Unsubscribe",
            f"<https://winddown.example/u/{delivery}>, <mailto:unsubscribe@winddown.example?subject={delivery}>",
        ),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", "<weekly-winddown.winddown.example>"),
        ("Feedback-ID", "2026-W48:treatment:weekly_winddown:winddown"),
    )


def test_a_message_goes_from_the_identity_to_the_contact() -> None:
    message = compiled(languages=("en",)).render(row(name="Anna \r\n Maria"))
    assert (message.sender, message.reply_to) == (IDENTITY.mailbox, IDENTITY.reply_to)
    assert message.recipient == Mailbox("anna.private@mail.example", "Anna Maria")
    assert message.delivery_id == f"{7:032x}"
    assert compiled(languages=("en",)).render(row(name=None)).recipient.name == ""


def test_the_date_is_universal_time_whatever_zone_the_plan_has() -> None:
    renderer = compiled(languages=("en",))
    there = datetime(2026, 11, 28, 18, tzinfo=timezone(timedelta(hours=5)))
    assert (
        dict(renderer.render(replace(row(), send_at=there)).headers)["Date"] == "Sat, 28 Nov 2026 13:00:00 +0000"
    )


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://a.example/x", "https://a.example/x?{}"),
        ("https://a.example/x?q=%20a&b#top", "https://a.example/x?q=%20a&b&{}#top"),
        ("https://a.example/x?utm_source=old&q=1", "https://a.example/x?q=1&{}"),
        ("https://a.example/?", "https://a.example/?{}"),
    ],
)
def test_utm_parameters_join_what_is_there(url: str, wanted: str) -> None:
    ours = "utm_source=winddown&utm_medium=email&utm_campaign=weekly_winddown&utm_content=2026-W48-curated"
    assert with_utm(url, EDITION, "curated") == wanted.format(ours)


@given(st.from_regex(r"https://a\.example/[a-z]{0,3}(\?[a-z=&%0-9]{0,9})?(#[a-z?&]{0,4})?", fullmatch=True))
def test_utm_parameters_twice_are_the_same_as_once(url: str) -> None:
    once = with_utm(url, EDITION, "curated")
    assert with_utm(once, EDITION, "curated") == once


def test_templates_see_the_plans_columns_but_no_address(tmp_path: Path) -> None:
    folder = campaign(tmp_path, "<mj-text>{{ reader.favourite_time }} {{ reader.country }}</mj-text>")
    assert "evening PT" in tiny(folder).render(row(attributes={"favourite_time": "evening"})).html
    for secret in ("address", "contact", "_more"):
        folder = campaign(tmp_path, f"<mj-text>{{{{ reader.{secret} }}}}</mj-text>")
        with pytest.raises(TemplateError):
            tiny(folder).render(row())
