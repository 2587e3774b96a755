"""A plan read back: in order, in part, by person."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest
from planning import Desk
from tiny_campaign import campaign
from tiny_world import TinyWorld, chosen, item, recommended, user

from campaigns.ground.errors import ConfigurationError
from campaigns.plan.reading import Plan
from recsource.engine import Engine


def test_rows_are_read_in_order_in_part_and_by_person(planned: Desk) -> None:
    with Engine(threads=2) as engine:
        plan = Plan(engine, planned.folder.plan)
        rows = list(plan.rows())
        assert [row.position for row in rows] == list(range(36))
        assert list(plan.between(3, 9)) == rows[3:10]
        assert list(plan.between(34, 99)) == rows[34:]
        assert [plan.of(row.user_id) for row in rows] == rows
    row = next(row for row in rows if row.user_id == "user 1")
    assert (row.contact.address, row.contact.first_name) == ("user1@mail.example", None)
    assert row.send_at.tzinfo is UTC


def test_a_person_who_is_not_in_the_plan_is_told_why(planned: Desk) -> None:
    with Engine(threads=1) as engine:
        plan = Plan(engine, planned.folder.plan)
        with pytest.raises(
            ConfigurationError, match=r"user 'left' is not in the plan: excluded as `no_consent`; choose"
        ):
            plan.of("left")
        with pytest.raises(
            ConfigurationError, match=r"user 'no --body' is not known; choose a `user_id` of plan.parquet"
        ):
            plan.of("no --body")


def test_one_user_with_one_item_is_a_plan(tmp_path: Path) -> None:
    desk = Desk(tmp_path, campaign=campaign())
    desk.write(
        TinyWorld(items=[item("a")], users=[user("ü")], curated=[chosen(1, "a")], lines=[recommended("ü", ["a"])])
    )
    assert desk.plan()["counts"]["planned"] == 1
