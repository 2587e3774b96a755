"""Worlds that tell their version by what they show."""

from __future__ import annotations

from tiny_world import TinyWorld, item, recommended, user


def crowd(people: int, sign: str) -> TinyWorld:
    """So many people, `u0` and on, all of whom are shown `sign` and then `<sign>, too`."""
    users = [f"u{number}" for number in range(people)]
    return TinyWorld(
        items=[item(sign), item(f"{sign}, too")],
        users=[user(user_id) for user_id in users],
        lines=[recommended(user_id, [sign, f"{sign}, too"]) for user_id in users],
    )


def shown_alone(sign: str) -> TinyWorld:
    """Ann, who is shown `sign` and something else."""
    return TinyWorld(
        items=[item(sign), item("else")], users=[user("ann")], lines=[recommended("ann", [sign, "else"])]
    )
