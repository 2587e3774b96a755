"""Assignment, set at a time."""

from __future__ import annotations

from campaigns.assignment.sharder import shard_sql
from campaigns.ground.experiment import TOTAL_SHARDS, Experiment
from recsource.engine import Engine, Queries

_SQL = Queries("campaigns")


def assign(engine: Engine, people: str, experiment: Experiment) -> None:
    """Make the table `assigned (user_id, variant, source, bucket, method)`.

    `method` is `forced` for the cohorts that the experiment names, `outside_traffic` for those who do not take
    part (they get the baseline), and else `randomised`: these alone are analysed.

    Args:
        engine: holds `people`.
        people: a table with `user_id` and `cohort`.
        experiment: variants, salts, traffic and forced cohorts.
    """
    engine.run(
        _SQL(
            "assignment/assign",
            people=people,
            experiment=experiment,
            bucket=shard_sql(experiment.salt, "user_id"),
            traffic_shard=shard_sql(experiment.traffic_salt, "user_id"),
            traffic_end=round(experiment.traffic * TOTAL_SHARDS),
        )
    )
