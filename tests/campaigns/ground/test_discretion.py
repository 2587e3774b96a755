"""Discretion: nobody's address, id or token is left of a text, and whoever reads it still knows what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ground.discretion import MASK, discreet, discreet_arguments
from campaigns.links import SignedLinks

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="@"), max_size=20)
LINKS = SignedLinks.of(
    ["a key for tests, of no other use"], base_url="https://mail.example", mailbox="a@b.example"
)


@given(WORDS, st.emails(), WORDS)
def test_no_address_is_left_whatever_stands_around_it(before: str, address: str, after: str) -> None:
    told = discreet(f"{before} {address} {after}")
    assert address not in told
    assert "@" not in told


@given(WORDS, st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True))
def test_what_an_error_quotes_is_not_left(before: str, user_id: str) -> None:
    told = discreet(f"{before}: 2 row(s) hold a wrong value, first {user_id!r}, {user_id!r}; correct them")
    assert f"'{user_id}'" not in told
    assert told.endswith(f"2 row(s) hold a wrong value, first {MASK}, {MASK}; correct them") or "'" in before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("postgresql://ann:hunter2@db.example/winddown refused", f"postgresql://db.example/{MASK} refused"),
        ("GET https://mail.example/u/abc?x=1 was 404", f"GET https://mail.example/{MASK} was 404"),
        ("listening on 127.0.0.1 port 8400", "listening on 127.0.0.1 port 8400"),
        ("`days` under [rules] is 'x'; wanted 7", f"`days` under [rules] is {MASK}; wanted 7"),
        ("the provider's words, and people's", "the provider's words, and people's"),
        ("anna%40mail.example and anna\N{FULLWIDTH COMMERCIAL AT}mail.example", f"{MASK} and {MASK}"),
        ("weekly_winddown/2026-W47 halted: 7 of 9 bounced", "weekly_winddown/2026-W47 halted: 7 of 9 bounced"),
    ],
)
def test_what_stays_can_be_acted_upon(text: str, told: str) -> None:
    assert discreet(text) == told


@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_delivery_ids_and_hashes_stay(number: int) -> None:
    sentence = f"delivery {number:032x}, plan {number:064x}"
    assert discreet(sentence) == sentence


@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_no_signed_link_is_left(number: int) -> None:
    link = LINKS.unsubscribe(f"{number:032x}", datetime(2026, 11, 21, tzinfo=UTC))
    token = link.rpartition("/")[2]
    for text in (f"it leads to {link}", f"GET /u/{token} was 404", token):
        assert token.rpartition(".")[2] not in discreet(text)


@given(st.lists(st.sampled_from(["--user", "--to", "--json", "send", "--user=u7", "u7", "a@b.example"])))
def test_a_command_line_names_nobody(arguments: list[str]) -> None:
    told = list(discreet_arguments([*arguments, "--user", "u7", "--name=Ann"]))
    assert len(told) == len(arguments) + 3
    assert told[-3:] in (["--user", MASK, f"--name={MASK}"], [MASK, "u7", f"--name={MASK}"])
    assert "a@b.example" not in told
    assert "--user=u7" not in told
