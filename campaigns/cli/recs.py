"""Recommendations: `recs run`, its steps one by one, and `recs prune`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, cast

import typer

from campaigns.cli.call import AsJson, app
from campaigns.cli.tables import print_json, print_table
from campaigns.wiring.picks_serving import roll_back_picks, serve_picks
from campaigns.wiring.recs import Source, forget_batches, recs_parts
from recsource.pipeline import pruning, running, steps
from recsource.pipeline.parts import Parts, Result

recs = typer.Typer(
    no_args_is_help=True, help="Recommendations: exported, trained, evaluated, inferred and pulled."
)
app.add_typer(recs, name="recs")


class SourceName(StrEnum):
    """Who recommends."""

    LOCAL = "local"
    PERSONALIZE = "personalize"


From = Annotated[
    SourceName | None, typer.Option("--source", help="Who recommends; as `winddown.toml` says where left out.")
]
RunId = Annotated[
    str | None,
    typer.Option("--run", help="The run; the latest that is not done where left out, or one named after today."),
]
Again = Annotated[bool, typer.Option("--again", help="Do it though it is done, and forget what came after it.")]


@recs.command()
def run(
    call: typer.Context,
    source: From = None,
    run_id: RunId = None,
    force: Annotated[bool, typer.Option("--force", help="Train and infer though neither is due.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do all that is due: cron may call it every day. What is done of a run is not done again."""
    ran = running.run(_parts(call, source), run_id, force=force)
    if ran is None:
        print_json({"run": None}) if as_json else typer.echo("Nothing is due: model and batch are young enough.")
        return
    _print(ran.run, ran.results, as_json=as_json)


@recs.command()
def export(
    call: typer.Context,
    source: From = None,
    run_id: RunId = None,
    again: Again = False,
    as_json: AsJson = False,
) -> None:
    """Write interactions, users and items as recommenders learn from them, and who gets recommendations."""
    parts = _parts(call, source)
    chosen = run_id or running.run_at_hand(parts)
    _print(chosen, {"export": steps.export(parts, chosen, again=again)}, as_json=as_json)


@recs.command()
def train(
    call: typer.Context,
    source: From = None,
    run_id: RunId = None,
    again: Again = False,
    as_json: AsJson = False,
) -> None:
    """Train the personalised model, and popularity beside it, on what was exported."""
    parts = _parts(call, source)
    chosen = run_id or running.run_at_hand(parts)
    _print(chosen, {"train": steps.train(parts, chosen, again=again)}, as_json=as_json)


@recs.command()
def evaluate(
    call: typer.Context,
    source: From = None,
    run_id: RunId = None,
    again: Again = False,
    as_json: AsJson = False,
) -> None:
    """Judge the models: by their source's own metrics, and by ours on a held-out time split."""
    parts = _parts(call, source)
    chosen = run_id or running.run_at_hand(parts, having="train")
    _print(chosen, {"evaluate": steps.evaluate(parts, chosen, again=again)}, as_json=as_json)


@recs.command()
def infer(
    call: typer.Context,
    source: From = None,
    run_id: RunId = None,
    again: Again = False,
    as_json: AsJson = False,
) -> None:
    """Write a batch of recommendations for everybody who gets any."""
    parts = _parts(call, source)
    chosen = run_id or running.run_at_hand(parts)
    _print(chosen, {"infer": steps.infer(parts, chosen, again=again)}, as_json=as_json)


@recs.command()
def pull(call: typer.Context, source: From = None, run_id: RunId = None, as_json: AsJson = False) -> None:
    """Make a run's batch the one that campaigns are planned from."""
    parts = _parts(call, source)
    chosen = run_id or running.run_at_hand(parts, having="infer")
    _print(chosen, {"pull": steps.pull(parts, chosen, again=True)}, as_json=as_json)


@recs.command()
def prune(
    call: typer.Context,
    keep: Annotated[int, typer.Option(help="How many of the newest runs stay, whatever they are.")],
    source: From = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete them; without it they are only shown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show which old runs could go, and with --yes delete them: files, and what Personalize keeps of them."""
    parts = _parts(call, source)
    old = pruning.find_old(parts, keep)
    for removal in old if yes else ():
        pruning.remove(parts, removal)
    if yes:
        forget_batches(call.obj.workspace(), keep)
    if as_json:
        print_json({"deleted": yes, "runs": [{"run": one.run, "holdings": one.holdings} for one in old]})
        return
    if not old:
        typer.echo(f"No run is older than the newest {keep} and out of use.")
        return
    rows = [(one.run, len(one.keys), len(one.holdings)) for one in old]
    print_table("Old runs, deleted" if yes else "Old runs that --yes deletes", ("run", "files", "resources"), rows)


@recs.command()
def serve(
    call: typer.Context,
    to: Annotated[
        str, typer.Option(metavar="URL", help="Redis's address; `url` under [recs.serving] where left out.")
    ] = "",
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Show readers the version before the current one again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put the current batch, under the application's rules, where it reads its picks: all of it at once."""
    workspace = call.obj.workspace()
    result = {"version": roll_back_picks(workspace, to)} if roll_back else serve_picks(workspace, to)
    print_json(result) if as_json else print_table("Served", ("", "what came of it"), _rows(result))


def _parts(call: typer.Context, source: SourceName | None) -> Parts:
    return recs_parts(call.obj.workspace(), cast("Source | None", source and source.value))


def _print(run_id: str, results: dict[str, Result], *, as_json: bool) -> None:
    if as_json:
        print_json({"run": run_id, **results})
        return
    for step, result in results.items():
        if step == "train":
            _print_models(run_id, result)
        elif step == "evaluate" and "all_items" in result:
            _print_judged(run_id, result)
        else:
            print_table(f"Run {run_id}: {step}", ("", "what came of it"), _rows(result))


def _print_models(run_id: str, result: Result) -> None:
    """Their own metrics, side by side."""
    models = cast("list[dict[str, Any]]", result["models"])
    names = sorted({name for one in models for name in one["metrics"]})
    rows = [(name, *(f"{one['metrics'].get(name, float('nan')):.4f}" for one in models)) for name in names]
    print_table(f"Run {run_id}: train", ("metric", *(one["model"] for one in models)), rows)


def _print_judged(run_id: str, result: Result) -> None:
    """Ours, on all items and on new ones; the gains and their intervals lie in the run's `evaluation.md`."""
    for what in ("all_items", "new_items"):
        verdicts = cast("dict[str, dict[str, Any]]", result[what])
        metrics: list[str] = list(next(iter(verdicts.values()), {"means": {}})["means"])
        rows = [(name, *(f"{one['means'][name]['mean']:.4f}" for one in verdicts.values())) for name in metrics]
        if rows:
            rows.append(("coverage@25", *(f"{one['coverage']:.4f}" for one in verdicts.values())))
            print_table(f"Run {run_id}: {what.replace('_', ' ')}", ("metric", *verdicts), rows)


def _rows(result: Result) -> list[tuple[str, object]]:
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
