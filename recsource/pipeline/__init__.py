"""The pipeline from a warehouse to a batch of recommendations: steps as plain functions of parts and a run's id.

Each step may be repeated, by hand, by cron or by a DAG: what a run's record says is done is not done again.
"""
