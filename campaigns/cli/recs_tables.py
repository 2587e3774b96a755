"""What a run of recommendations prints: a table a step, or one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import typer

from campaigns.cli.tables import print_json, print_table
from recsource.pipeline.parts import Result


def print_run(run_id: str, results: Mapping[str, Result], *, as_json: bool) -> None:
    """What came of each step.

    Args:
        run_id: the run's id.
        results: by step.
        as_json: one document instead of tables.
    """
    if as_json:
        print_json({"run": run_id, **results})
        return
    for step, result in results.items():
        if step == "train":
            _print_models(run_id, result)
        elif step == "evaluate" and "all_items" in result:
            _print_judged(run_id, result)
        else:
            print_table(f"Run {run_id}: {step}", ("", "what came of it"), result_rows(result))


def _print_models(run_id: str, result: Result) -> None:
    """Their own metrics, side by side."""
    models = cast("list[dict[str, Any]]", result["models"])
    names = sorted({name for one in models for name in one["metrics"]})
    rows = [(name, *(f"{one['metrics'].get(name, float('nan')):.4f}" for one in models)) for name in names]
    print_table(f"Run {run_id}: train", ("metric", *(one["model"] for one in models)), rows)


def _print_judged(run_id: str, result: Result) -> None:
    """Ours, on all items and on new ones; the gains and their intervals lie where the last line says."""
    for what in ("all_items", "new_items"):
        verdicts = cast("dict[str, dict[str, Any]]", result[what])
        metrics: list[str] = list(next(iter(verdicts.values()), {"means": {}})["means"])
        rows = [(name, *(f"{one['means'][name]['mean']:.4f}" for one in verdicts.values())) for name in metrics]
        if rows:
            rows.append(("coverage@25", *(f"{one['coverage']:.4f}" for one in verdicts.values())))
            print_table(f"Run {run_id}: {what.replace('_', ' ')}", ("metric", *verdicts), rows)
    _print_rules(run_id, cast("dict[str, dict[str, int]]", result["rules"]))
    typer.echo(f"With intervals: {result['tables']}")


def _print_rules(run_id: str, models: Mapping[str, Mapping[str, int]]) -> None:
    """In what share of the first places each rule would have taken something out."""
    names = ("kids", "language", "repeat")
    rows = [(name, *(f"{one[name] / max(one['shown'], 1):.1%}" for one in models.values())) for name in names]
    print_table(f"Run {run_id}: how often rules would have fired", ("rule", *models), rows)


def result_rows(result: Result) -> list[tuple[str, object]]:
    """Numbers and words by their names; of what is longer, how many there are."""
    rows: list[tuple[str, object]] = []
    for name, value in result.items():
        match value:
            case dict() if all(isinstance(one, int) for one in value.values()):
                rows += [(f"{name}: {key}", one) for key, one in value.items()]
            case dict() | list() | tuple():
                rows.append((name, len(value)))
            case _:
                rows.append((name, value))
    return rows
