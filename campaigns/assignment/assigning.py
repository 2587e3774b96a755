"""Assignment, set at a time."""

from __future__ import annotations

from campaigns.ground.experiment import TOTAL_SHARDS, Experiment
from recsource.engine import PlanningEngine, Queries
from recsource.sharder import shard_sql

_SQL = Queries("campaigns")


def assign(engine: PlanningEngine, people: str, experiment: Experiment, edition: str) -> None:
    """Make the table `assigned (user_id, variant, source, bucket, method)`.

    `method` is `outside_experiment` in editions before it starts or after it ends, `forced` for the cohorts that
    it names, `outside_layer` and `outside_traffic` for those whose shard is not among its own, and `randomised`
    for the rest, who alone are analysed. Whoever is outside gets the baseline.

    Args:
        engine: holds `people`.
        people: a table with `user_id` and `cohort`.
        experiment: variants, salts, layer, traffic and forced cohorts.
        edition: its name; a weekly experiment assigns anew in each.
    """
    engine.run(
        _SQL(
            "assignment/assign",
            people=people,
            experiment=experiment,
            runs=experiment.runs_in(edition),
            bucket=shard_sql(experiment.salt_in(edition), "user_id"),
            traffic_shard=shard_sql(experiment.traffic_salt, "user_id"),
            traffic_end=round(experiment.traffic * TOTAL_SHARDS),
            layer_shard=shard_sql(experiment.layer.salt, "user_id") if experiment.layer else "",
        )
    )
