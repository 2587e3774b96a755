"""One person's picks, a rule at a time: the same as everybody's at once, whatever the world and the rules."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from picking import Picker, email_languages, occasion
from pydantic import TypeAdapter
from random_worlds import rules, worlds
from tiny_world import AS_OF, TinyWorld, item, recommended, user

from recsource.batch import Batch
from recsource.person import recommended_to
from recsource.picks import Stage, trace_picks
from recsource.rules.composition import AnyRule
from recsource.rules.rule import Rule


def _trace(
    picker: Picker, batch: Batch, user_id: str, language: str, rules: tuple[Rule, ...]
) -> tuple[Stage, ...]:
    engine = picker.engine
    engine.load("person", {"user_id": "VARCHAR", "email_language": "VARCHAR"}, [(user_id, language)])
    own = recommended_to(batch, user_id).write(picker.folder / "person.out", batch)
    return trace_picks(engine, batch=own, eligible="person", rules=rules, occasion=occasion(rules))


@given(worlds, rules)
@settings(max_examples=40)
def test_a_person_s_traced_picks_are_those_that_the_plan_has(
    picker: Picker, world: TinyWorld, rules: tuple[Rule, ...]
) -> None:
    expected, _ = picker.pick(world, rules)
    batch = world.write_batch(picker.folder / "batch.out")
    for user_id, language in email_languages(world).items():
        stages = _trace(picker, batch, user_id, language, rules)
        query = "SELECT user_id, source, slot, item_id, collection_id, rank FROM picks"
        assert set(picker.engine.rows(query)) == {pick for pick in expected if pick[0] == user_id}
        assert [stage.after for stage in stages] == ["", *(rule.rule for rule in rules)]


def test_what_a_rule_removes_is_gone_after_it(picker: Picker) -> None:
    world = TinyWorld(
        items=[item("a"), item("b", kind="music"), item("c")],
        users=[user("u")],
        lines=[recommended("u", ["b", "c", "a", "unknown"])],
    )
    chosen: tuple[Rule, ...] = tuple(
        TypeAdapter(AnyRule).validate_python(rule)
        for rule in ({"rule": "kinds", "exclude": ["music"]}, {"rule": "take", "slots": 1})
    )
    world.make_tables(picker.engine)
    stages = _trace(picker, world.write_batch(picker.folder / "batch.out"), "u", "en", chosen)
    assert stages == (Stage("", ("b", "c", "a")), Stage("kinds", ("c", "a")), Stage("take", ("c",)))


def test_a_person_is_found_by_their_own_line_and_by_no_item_of_the_same_name(tmp_path: Path) -> None:
    file = tmp_path / "batch.out"
    lines = [
        recommended("other", ["u-ü"]),
        recommended("u-ü", ["a", "b"]),
        'no JSON "u-ü"',
        recommended("u-ü", ["c"]),
    ]
    file.write_text("\n".join(lines), "utf-8")
    found = recommended_to(Batch((file,), AS_OF), "u-ü")
    assert [json.loads(line)["output"]["recommendedItems"] for line in found.lines] == [["a", "b"], ["c"]]
    assert found.scores == {"a": 0.5, "b": 0.5, "c": 0.5}


def test_somebody_without_a_line_has_no_recommendations(tmp_path: Path) -> None:
    file = tmp_path / "batch.out"
    file.write_text("", "utf-8")
    assert recommended_to(Batch((file,), AS_OF), "u").lines == ()
