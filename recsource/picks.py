"""Picks: a batch of recommendations under a campaign's rules, for everybody eligible, set at a time.

What most people play can stand in for the batch, under the same rules: `make_popular_picks`.

The first predicates run while the batch is being parsed, so that the hundreds of recommendations which are
not new are never stored. Afterwards the pairs are few, and each rule makes a table of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from recsource.batch import Batch, BatchCounts, Nobody, count_lines
from recsource.engine import PlanningEngine, Queries
from recsource.rules.at_most import LIMITED
from recsource.rules.composition import passes
from recsource.rules.fill import Fill
from recsource.rules.rule import Occasion, Predicate, Rewriting, Rule

_SQL = Queries("recsource")
_POPULAR_DAYS = 14
"""How far back plays count; as long as the rule `fill` counts them."""
_POPULAR_DEPTH = 6
"""How many popular items stand in for each slot before the rules: variety takes most of them."""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What one rule did.

    Attributes:
        pairs_removed: pairs (a person and an item) that were there before and not after; a collection's
            members that became one pick count as removed but for one.
        people_removed: people who had a pair before and none after.
        pairs_added: pairs that only `fill` brings.
        people_added: people who had none before and have one after.
    """

    rule: str
    pairs_removed: int = 0
    people_removed: int = 0
    pairs_added: int = 0
    people_added: int = 0


@dataclass(frozen=True, slots=True)
class PickCounts:
    """What went in, what each rule did, and what came out.

    Attributes:
        merged: pairs that the first rules kept and that were there already: an item recommended to one person
            twice, in one line or in several, counts once from there on.
    """

    batch: BatchCounts
    merged: int
    rules: tuple[RuleCount, ...]
    pairs: int
    people: int


def make_picks(
    engine: PlanningEngine, *, batch: Batch, eligible: str, rules: Sequence[Rule], occasion: Occasion
) -> PickCounts:
    """Make the table `picks (user_id, source, slot, item_id, collection_id, rank)` for everybody eligible.

    Args:
        engine: holds the tables of the schema, already checked.
        batch: the recommendations.
        eligible: a table with the `user_id` and `email_language` of everybody to make picks for.
        rules: the campaign's, in order, a `take` last.
        occasion: the edition, its moment and its seed.

    Returns:
        The counts. The tables `catalogue` and `readers`, numbered items and users, stay for the caller.
    """
    engine.run(_SQL("picks/number", eligible=eligible, numbered=LIMITED))
    for rule in rules:
        if statement := rule.prepare(occasion):
            engine.run(statement)
    first, later = _steps(rules)
    counts = _screen(engine, batch.reader(engine), first, occasion)
    batch_counts = count_lines(engine)
    merged = _gather(engine)
    counts += _finish(engine, "picks", first, later, occasion)
    pairs, people = _size(engine, "pairs")
    return PickCounts(batch_counts, merged, tuple(counts), pairs, people)


def make_popular_picks(engine: PlanningEngine, *, rules: Sequence[Rule], occasion: Occasion) -> None:
    """Make the table `popular_picks`, like `picks`, of what was played most of late: the same for everybody.

    The most played of what the first predicates let pass take the batch's place, those of each language apart,
    and every rule does with them what it did with the recommendations.

    Args:
        engine: as `make_picks` left it, with the same rules and occasion.
        rules: the campaign's, in order, a `take` last.
        occasion: the edition, its moment and its seed.
    """
    first, later = _steps(rules)
    about_items, about_pairs = _parted(first, occasion)
    engine.run(
        _SQL(
            "picks/popular",
            occasion=occasion,
            days=_POPULAR_DAYS,
            most=_POPULAR_DEPTH * occasion.slots,
            item_conditions=about_items,
            pair_conditions=about_pairs,
        )
    )
    _finish(engine, "popular_picks", first, later, occasion)


@dataclass(frozen=True, slots=True)
class Stage:
    """How one person's list stands.

    Attributes:
        after: the rule that it stands after; empty for the list as recommended.
        item_ids: the foremost first; where members of a collection became one pick, its best member.
    """

    after: str
    item_ids: tuple[str, ...]


def trace_picks(
    engine: PlanningEngine, *, batch: Batch, eligible: str, rules: Sequence[Rule], occasion: Occasion
) -> tuple[Stage, ...]:
    """Make one person's picks as `make_picks` does, by the same statements, one rule at a time.

    Args:
        engine: as for `make_picks`.
        batch: the recommendations of that person alone.
        eligible: a table with that person alone.
        rules: the campaign's, in order, a `take` last.
        occasion: the edition, its moment and its seed.

    Returns:
        The list as recommended, what the catalogue does not have left out, and as it stands after each rule.
        The tables `picks`, `catalogue` and `readers` stay for the caller.
    """
    engine.run(_SQL("picks/number", eligible=eligible, numbered=LIMITED))
    for rule in rules:
        if statement := rule.prepare(occasion):
            engine.run(statement)
    _screen(engine, batch.reader(engine), [], occasion)
    _gather(engine)
    stages = [Stage("", _standing(engine))]
    for n, rule in enumerate(rules):
        _apply(engine, _alone(rule), rules[:n], occasion)
        stages.append(Stage(rule.rule, _standing(engine)))
    engine.run(_SQL("picks/finish", pairs="pairs", picks="picks"))
    return tuple(stages)


def _alone(rule: Rule) -> list[Predicate] | Rewriting:
    (step,) = passes([rule])
    return step


def _standing(engine: PlanningEngine) -> tuple[str, ...]:
    return tuple(str(item_id) for item_id, *_ in engine.rows(_SQL("picks/pairs", pairs="pairs")))


def _steps(rules: Sequence[Rule]) -> tuple[list[Predicate], list[list[Predicate] | Rewriting]]:
    """The passes; the first is always one of predicates, though it may be empty."""
    first, *later = passes(rules)
    return (first, later) if isinstance(first, list) else ([], [first, *later])


def _screen(
    engine: PlanningEngine, reader: str, predicates: Sequence[Predicate], occasion: Occasion
) -> list[RuleCount]:
    about_items, about_pairs = _parted(predicates, occasion)
    engine.run(
        _SQL(
            "picks/screen",
            reader=reader,
            item_conditions=about_items,
            pair_conditions=about_pairs,
            nobody=Nobody.__members__,
        )
    )
    if not predicates:
        return []
    counted = iter(engine.numbers(_SQL("picks/screened_counts", predicates=len(predicates))))
    return [
        RuleCount(predicate.rule, pairs_removed=pairs, people_removed=people)
        for predicate, pairs, people in zip(predicates, counted, counted, strict=True)
    ]


def _parted(predicates: Sequence[Predicate], occasion: Occasion) -> tuple[list[str], list[str]]:
    """The conditions of the first predicates that look at the item alone, and those of the rest."""
    about_items = list(takewhile(lambda predicate: predicate.about_item_alone, predicates))
    conditions = [predicate.condition(occasion) for predicate in predicates]
    return conditions[: len(about_items)], conditions[len(about_items) :]


def _gather(engine: PlanningEngine) -> int:
    """Lay the kept pairs out, merging what was recommended twice, which is rare and so only done at need."""
    engine.run(_SQL("picks/gather"))
    (merged,) = engine.numbers(_SQL("picks/repeated"))
    if merged:
        _replace(engine, _SQL("picks/distinct"))
    return merged


def _finish(
    engine: PlanningEngine,
    picks: str,
    first: Sequence[Predicate],
    later: Sequence[list[Predicate] | Rewriting],
    occasion: Occasion,
) -> list[RuleCount]:
    """Apply the rules after the first pass, and make a table of picks of what they leave."""
    counts: list[RuleCount] = []
    done: list[Rule] = list(first)
    for step in later:
        counts += _apply(engine, step, done, occasion)
        done += step if isinstance(step, list) else [step]
    engine.run(_SQL("picks/finish", pairs="pairs", picks=picks))
    return counts


def _apply(
    engine: PlanningEngine, step: list[Predicate] | Rewriting, done: Sequence[Rule], occasion: Occasion
) -> list[RuleCount]:
    rules: Sequence[Rule] = step if isinstance(step, list) else [step]
    sizes = [_size(engine, "pairs")]
    for rule in rules:
        match rule:
            case Fill():
                _fill(engine, rule, done, occasion)
            case Rewriting():
                _replace(engine, rule.rewrite("pairs", occasion))
            case Predicate():
                _replace(engine, _SQL("picks/filter", pairs="pairs", condition=rule.condition(occasion)))
        sizes.append(_size(engine, "pairs"))
    return [_difference(rule, before, after) for rule, (before, after) in zip(rules, pairwise(sizes), strict=True)]


def _replace(engine: PlanningEngine, select: str) -> None:
    engine.run(_SQL("picks/replace", select=select))


def _fill(engine: PlanningEngine, fill: Fill, done: Sequence[Rule], occasion: Occasion) -> None:
    """Add candidates to short lists, and let the rules before `fill` see the longer lists."""
    conditions = [rule.condition(occasion) for rule in done if isinstance(rule, Predicate)]
    candidates = fill.candidates("pairs", occasion, conditions)
    engine.run(_SQL("picks/lengthen", candidates=candidates))
    for rule in done:
        if isinstance(rule, Rewriting) and rule.idempotent:
            engine.run(_SQL("picks/replace", table="lengthened", select=rule.rewrite("lengthened", occasion)))
    engine.run(_SQL("picks/rejoin"))


def _size(engine: PlanningEngine, pairs: str) -> tuple[int, int]:
    size, people = engine.numbers(_SQL("picks/size", pairs=pairs))
    return size, people


def _difference(rule: Rule, before: tuple[int, int], after: tuple[int, int]) -> RuleCount:
    pairs, people = after[0] - before[0], after[1] - before[1]
    return RuleCount(rule.rule, max(-pairs, 0), max(-people, 0), max(pairs, 0), max(people, 0))
