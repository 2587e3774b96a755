"""Months of listening that follow true tastes."""

from __future__ import annotations

import numpy as np
from written_world import Sample

from recsource.sample import tastes


def test_active_people_have_some_forty_interactions_of_every_sort(sample: Sample) -> None:
    assert 30 < sample.one("SELECT count(*) / count(DISTINCT user_id) FROM interactions") < 55
    events = dict(sample.rows("SELECT event, count(*) FROM interactions GROUP BY 1"))
    assert events["listen"] > events["complete"] > events["favourite"] > 0
    assert events["view"] > 0


def test_rows_lie_in_order_of_time_person_and_item(sample: Sample) -> None:
    keys = sample.rows('SELECT "at", user_id, item_id FROM interactions')
    assert keys == sorted(keys)


def test_nothing_happens_outside_history_membership_or_before_publication(sample: Sample) -> None:
    wrong = """
        SELECT count(*) FROM interactions JOIN users USING (user_id) JOIN items USING (item_id)
        WHERE "at" < TIMESTAMP '2026-11-21' - INTERVAL 12 WEEK OR "at" < published_at
            OR "at" NOT BETWEEN signed_up_at AND last_active_at
    """
    assert sample.one(wrong) == 0


def test_people_come_back_to_a_beloved_item(sample: Sample) -> None:
    beloved = """
        SELECT count(*) FROM (SELECT user_id FROM interactions WHERE event = 'listen'
            GROUP BY user_id, item_id HAVING count(*) >= 5)
    """
    assert sample.one(beloved) > 0.1 * sample.world.users


def test_kids_content_is_heard_in_kids_households(sample: Sample) -> None:
    shares = dict(
        sample.rows("""
            SELECT kids_household, avg(items.for_kids::INT) FROM interactions
            JOIN items USING (item_id) JOIN true_users USING (user_id) GROUP BY 1
        """)
    )
    assert shares[True] > 0.15
    assert shares[False] < 0.01


def test_people_listen_in_their_own_language(sample: Sample) -> None:
    own = sample.one("""
        SELECT avg((items.language = users.language)::INT) FROM interactions
        JOIN items USING (item_id) JOIN users USING (user_id) WHERE users.language = 'de'
    """)
    assert own > 0.85


def test_what_is_heard_suits_people_better_than_what_is_not(sample: Sample) -> None:
    people, items = (
        np.array([row[0] for row in sample.rows(f"SELECT factors FROM true_{table} ORDER BY {key}")])
        for table, key in (("users", "user_id"), ("items", "item_id"))
    )
    liking = people[:, tastes.TASTE] @ items[:, tastes.TASTE].T
    pairs = np.array(
        sample.rows("SELECT DISTINCT substr(user_id, 2)::INT - 1, substr(item_id, 6)::INT - 1 FROM interactions")
    )
    assert liking[pairs[:, 0], pairs[:, 1]].mean() > liking.mean() + 0.5


def test_popularity_has_a_long_tail(sample: Sample) -> None:
    counts = np.sort([n for (n,) in sample.rows("SELECT count(*) FROM interactions GROUP BY item_id")])[::-1]
    assert counts[: len(counts) // 10].sum() > 0.35 * counts.sum()
    assert np.median(counts) < counts.mean() / 1.5


def test_true_factors_are_whole_64ths(sample: Sample) -> None:
    for table in ("users", "items"):
        factors = np.array([row[0] for row in sample.rows(f"SELECT factors FROM true_{table}")])
        assert factors.shape[1] == len(tastes.DIMENSIONS)
        assert (factors * tastes.UNIT == np.rint(factors * tastes.UNIT)).all()
