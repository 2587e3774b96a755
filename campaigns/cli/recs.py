"""Recommendations: `recs run`, its steps one by one, and `recs prune`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, cast

import typer

from campaigns.cli.call import AsJson, app
from campaigns.cli.noting import result_counts
from campaigns.cli.recs_tables import print_run, result_rows
from campaigns.cli.tables import print_json, print_table
from campaigns.wiring.picks_serving import roll_back_picks, serve_picks
from campaigns.wiring.recs import forget_batches, recs_parts
from campaigns.wiring.recs_settings import Source
from campaigns.wiring.recs_warehouse import load_texts
from recsource.pipeline import comparing, pruning, running, steps
from recsource.pipeline.parts import Parts, Result

recs = typer.Typer(
    no_args_is_help=True, help="Recommendations: exported, trained, evaluated, inferred and pulled."
)
app.add_typer(recs, name="recs")


@recs.callback()
def _before(context: typer.Context) -> None:
    context.obj = replace(context.obj, command=f"recs {context.invoked_subcommand}")


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
    _show(call, ran.run, ran.results, as_json=as_json)


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
    _show(call, chosen, {"export": steps.export(parts, chosen, again=again)}, as_json=as_json)


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
    _show(call, chosen, {"train": steps.train(parts, chosen, again=again)}, as_json=as_json)


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
    _show(call, chosen, {"evaluate": steps.evaluate(parts, chosen, again=again)}, as_json=as_json)


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
    _show(call, chosen, {"infer": steps.infer(parts, chosen, again=again)}, as_json=as_json)


@recs.command()
def pull(call: typer.Context, source: From = None, run_id: RunId = None, as_json: AsJson = False) -> None:
    """Make a run's batch the one that campaigns are planned from."""
    parts = _parts(call, source)
    chosen = run_id or running.run_at_hand(parts, having="infer")
    _show(call, chosen, {"pull": steps.pull(parts, chosen, again=True)}, as_json=as_json)


@recs.command()
def load(call: typer.Context, source: From = None, run_id: RunId = None, as_json: AsJson = False) -> None:
    """Print the statements that load a run's batch into Redshift; what they read is put beside the batch."""
    parts = _parts(call, source)
    chosen = run_id or running.run_at_hand(parts, having="infer")
    texts = load_texts(call.obj.workspace(), parts, chosen)
    if as_json:
        print_json({"run": chosen, "statements": texts.statements})
        return
    typer.echo(";\n\n".join(("BEGIN", *texts.statements, "COMMIT")) + ";")


@recs.command()
def compare(
    call: typer.Context,
    runs: Annotated[list[str], typer.Argument(help="Their ids, of whatever source.")],
    as_json: AsJson = False,
) -> None:
    """Judge several runs' batches alike, by what people played since the last of them was made."""
    judged = comparing.compare(recs_parts(call.obj.look()), runs)
    print_json(judged.as_dict()) if as_json else typer.echo(judged.as_text(), nl=False)


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
    call.obj.observation.note(counts=result_counts({"serve": result}))
    print_json(result) if as_json else print_table("Served", ("", "what came of it"), result_rows(result))


def _show(call: typer.Context, run_id: str, results: Mapping[str, Result], *, as_json: bool) -> None:
    call.obj.observation.note(inputs={"run": run_id}, counts=result_counts(results))
    print_run(run_id, results, as_json=as_json)


def _parts(call: typer.Context, source: SourceName | None) -> Parts:
    return recs_parts(call.obj.workspace(), cast("Source | None", source and source.value))
