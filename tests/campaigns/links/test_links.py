"""Signed links: the same for the same delivery, believed for one purpose and a time, and changed by nobody."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, MessageError
from campaigns.links import BadTokenError, Click, ExpiredTokenError, SignedLinks, Ticket, delivery_id

AT = datetime(2026, 11, 28, 18, tzinfo=UTC)
WHOSE = delivery_id(Edition("weekly_winddown", 2026, 48), "user-7")
URL = "https://app.winddown.example/items/train?utm_source=winddown&q=%C3%A9#top"

deliveries = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
times = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  zoned here


def links(
    *keys: str, lifetime: timedelta = timedelta(days=400), base_url: str = "https://mail.example"
) -> SignedLinks:
    return SignedLinks.of(keys or ("first key",), base_url=base_url, mailbox="bye@mail.example", lifetime=lifetime)


def token(address: str) -> str:
    return address.rpartition("/")[2].removesuffix(".gif")


@given(deliveries, times)
def test_what_is_signed_is_read_again_to_the_second(whose: str, at: datetime) -> None:
    ticket = Ticket(whose, at.replace(microsecond=0))
    assert links().read_unsubscribe(token(links().unsubscribe(whose, at)), at) == ticket
    assert links().read_open(token(links().open(whose, at)), at) == ticket
    click = links().click_to(URL, "train") + links().click_by(whose, at)
    assert links().read_click(token(click), at) == Click(ticket, URL, "train")


def test_addresses_are_these_and_the_same_every_time() -> None:
    made = links()
    signature = r"[A-Za-z0-9_-]{24}"
    stamped = rf"{WHOSE}\.{int(AT.timestamp()):x}\.{signature}"
    assert re.fullmatch(rf"https://mail\.example/u/{stamped}", made.unsubscribe(WHOSE, AT))
    assert re.fullmatch(
        rf"mailto:bye@mail\.example\?subject=unsubscribe%20{stamped}",
        made.unsubscribe_mailto(made.unsubscribe(WHOSE, AT)),
    )
    assert re.fullmatch(rf"https://mail\.example/o/{stamped}\.gif", made.open(WHOSE, AT))
    assert re.fullmatch(
        rf"https://mail\.example/c/[A-Za-z0-9_-]+\.{signature}~{stamped}",
        made.click_to(URL, None) + made.click_by(WHOSE, AT),
    )
    assert made.unsubscribe(WHOSE, AT) == links().unsubscribe(WHOSE, AT)


def test_the_signature_is_hmac_sha256_by_a_key_derived_for_the_purpose() -> None:
    """Computed here anew, from RFC 2104's words, so that links sent out stay valid whatever is rewritten."""
    value, _, signature = token(links("k" * 32).unsubscribe(WHOSE, AT)).rpartition(".")
    key = hmac.new(b"k" * 32, b"winddown.unsubscribe", "sha256").digest()
    wanted = hmac.new(key, value.encode(), "sha256").digest()[:18]
    assert signature == urlsafe_b64encode(wanted).decode()


def test_no_token_serves_another_purpose() -> None:
    made = links()
    ours = [token(made.unsubscribe(WHOSE, AT)), token(made.open(WHOSE, AT)), made.click_by(WHOSE, AT)]
    for read, own in ((made.read_unsubscribe, ours[0]), (made.read_open, ours[1])):
        assert read(own, AT).delivery_id == WHOSE
        for other in set(ours) - {own}:
            with pytest.raises(BadTokenError):
                read(other, AT)
    target = token(made.click_to(URL, None))
    for other in ours[:2]:
        with pytest.raises(BadTokenError):
            made.read_click(target + other, AT)


def test_a_link_lasts_its_lifetime_and_not_a_second_longer() -> None:
    made = links(lifetime=timedelta(days=60))
    own = token(made.unsubscribe(WHOSE, AT))
    assert made.read_unsubscribe(own, AT + timedelta(days=60)).planned_at == AT
    with pytest.raises(ExpiredTokenError):
        made.read_unsubscribe(own, AT + timedelta(days=60, seconds=1))


def test_a_preview_is_believed_before_it_is_sent() -> None:
    assert links().read_unsubscribe(token(links().unsubscribe(WHOSE, AT)), AT - timedelta(days=3))


def test_keys_are_rotated_with_both_accepted_and_the_last_one_signing() -> None:
    old, both, new = links("old"), links("old", "new"), links("new")
    assert both.unsubscribe(WHOSE, AT) == new.unsubscribe(WHOSE, AT) != old.unsubscribe(WHOSE, AT)
    for one in (old, new):
        click = one.click_to(URL, "train") + one.click_by(WHOSE, AT)
        assert both.read_unsubscribe(token(one.unsubscribe(WHOSE, AT)), AT).delivery_id == WHOSE
        assert both.read_click(token(click), AT).url == URL
    with pytest.raises(BadTokenError):
        new.read_unsubscribe(token(old.unsubscribe(WHOSE, AT)), AT)


@given(st.data())
def test_no_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    made = links()
    own = token(made.click_to(URL, "train")) + made.click_by(WHOSE, AT)
    place = data.draw(st.integers(0, len(own) - 1))
    letter = data.draw(st.characters(max_codepoint=0x17F).filter(lambda one: one != own[place]))
    with pytest.raises(BadTokenError):
        made.read_click(own[:place] + letter + own[place + 1 :], AT)


@given(st.text(max_size=200) | st.from_regex(r"[0-9a-f]{32}\.[0-9a-f]{8}\.[A-Za-z0-9_-]{24}", fullmatch=True))
def test_nothing_is_believed_that_was_not_signed(forged: str) -> None:
    for read in (links().read_unsubscribe, links().read_open, links().read_click):
        with pytest.raises(BadTokenError):
            read(forged, AT)


@pytest.mark.parametrize("more", ["=", "==", "\n", " ", "A", "\0", "."])
def test_a_token_has_one_spelling(more: str) -> None:
    own = token(links().unsubscribe(WHOSE, AT))
    with pytest.raises(BadTokenError):
        links().read_unsubscribe(own + more, AT)


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/x",
        "javascript:alert(1)",
        "//evil.example",
        "https:/evil.example",
        "https://",
        "https://app.example@evil.example/",
        "https://app.example\\@evil.example",
        "https://app.example/\r\nSet-Cookie: a=b",
        "https://app.example/a b",
        " https://app.example",
        "HTTPS://app.example/x",
        "https://app.example/" + "x" * 4_000,
    ],
)
def test_clicks_lead_to_plain_https_addresses_only(url: str) -> None:
    with pytest.raises(MessageError, match="https://host/path"):
        links().click_to(url, None)


def test_tokens_hold_nothing_about_the_person() -> None:
    made = links()
    everything = made.unsubscribe(WHOSE, AT) + made.open(WHOSE, AT) + made.click_by(WHOSE, AT)
    assert "user-7" not in everything


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"keys": []}, "no key"),
        ({"keys": ["good key", ""]}, "an empty one"),
        ({"lifetime": timedelta(days=59)}, "would expire after 59 days; wanted at least 60"),
        ({"base_url": f"https://mail.example/{'x' * 800}"}, "List-Unsubscribe header would have"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, object], sentence: str) -> None:
    good: dict[str, object] = {"keys": ["key"], "base_url": "https://mail.example", "mailbox": "bye@mail.example"}
    with pytest.raises(ConfigurationError, match=sentence):
        SignedLinks.of(**(good | change))  # type: ignore[arg-type]
