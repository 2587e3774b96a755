"""Guards trip when they should, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.dispatch.guards import Canary, Guards
from campaigns.ground.edition import Edition
from campaigns.ports.entries import Responses, Standing

EDITION = Edition("weekly_winddown", 2026, 47)
GUARDS = Guards(max_rejected=0.05, max_bounced=0.05, max_complained=0.002, max_unrendered=2)


@pytest.mark.parametrize(
    ("responses", "word"),
    [
        (Responses(), None),
        (Responses(accepted=950, rejected=50), None),
        (Responses(accepted=949, rejected=51), "rejected"),
        (Responses(accepted=0, rejected=5), None),  # few: as if there were a hundred
        (Responses(accepted=0, rejected=6), "rejected"),
        (Responses(accepted=1000, bounced=50), None),
        (Responses(accepted=1000, bounced=51), "bounced"),
        (Responses(accepted=10, complained=1), "complaint"),
        (Responses(accepted=1000, complained=2), None),
        (Responses(accepted=1000, complained=3), "complaint"),
        (Responses(accepted=100, rejected=2, unrendered=2), None),
        (Responses(accepted=100, rejected=3, unrendered=3), "rendered"),
    ],
)
def test_a_guard_trips_above_its_share_and_says_what_to_do(responses: Responses, word: str | None) -> None:
    sentence = GUARDS.trip(EDITION, responses)
    if word is None:
        assert sentence is None
    else:
        assert sentence
        assert word in sentence
        assert "winddown resume" in sentence
        assert "weekly_winddown/2026-W47" in sentence


def test_what_could_not_be_rendered_is_not_held_against_the_provider() -> None:
    assert Guards(max_rejected=0.0, max_unrendered=9).trip(EDITION, Responses(100, 5, unrendered=5)) is None


def test_nor_does_it_count_among_what_was_handed_over() -> None:
    """A hundred of 160 that providers saw: more than half, whatever else never left."""
    guards = Guards(max_rejected=0.5, max_unrendered=900)
    sentence = guards.trip(EDITION, Responses(accepted=60, rejected=1000, unrendered=900))
    assert sentence
    assert "100 of 1,060 messages were rejected, and 80 are allowed" in sentence


def test_the_first_that_could_not_be_rendered_is_named_where_that_is_what_trips() -> None:
    tripped = Guards().trip(EDITION, Responses(9, 1, unrendered=1), "delivery d7, body.mjml, line 3: empty")
    assert tripped
    assert "0 are allowed (the first: delivery d7, body.mjml, line 3: empty); look into it" in tripped
    other = Guards(max_unrendered=1, max_rejected=0.0).trip(EDITION, Responses(9, 2, unrendered=1), "delivery d7")
    assert other
    assert "d7" not in other


def test_a_canary_bounds_what_may_be_taken_until_it_is_over_then_there_is_a_pause() -> None:
    ended = datetime(2026, 11, 21, 18, tzinfo=UTC)
    guards = Guards(canary=Canary(500, timedelta(hours=1)))
    assert guards.ceiling(Standing()) == 500
    assert guards.paused_until(Standing()) is None
    assert guards.ceiling(Standing(canary_ended_at=ended)) is None
    assert guards.paused_until(Standing(canary_ended_at=ended)) == ended + timedelta(hours=1)


def test_without_a_canary_there_is_no_bound_and_no_pause() -> None:
    ended = Standing(canary_ended_at=datetime(2026, 11, 21, 18, tzinfo=UTC))
    assert Guards().ceiling(Standing()) is None
    assert Guards().paused_until(ended) is None
