"""Inference: a batch inference job for each model, on the people that the run names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recsource.dataset.layout import Layout
from recsource.errors import InferenceError
from recsource.personalize.account import Account
from recsource.personalize.kinds import BATCH_JOB, FILTER
from recsource.personalize.naming import Names
from recsource.personalize.settings import PersonalizeSettings
from recsource.ports import Storage, Trained

MOST_RESULTS = 500
"""Items a user in a batch. The service model gives `numResults` no limit; the service refuses more."""


@dataclass(frozen=True, slots=True)
class Inference:
    """One run's batches. Each step may be repeated: what is there already is used as it is."""

    account: Account
    storage: Storage
    settings: PersonalizeSettings
    names: Names

    def infer(self, trained: Sequence[Trained], num_results: int) -> Sequence[str]:
        """Have every model write its batch; their keys.

        Raises:
            InferenceError: a batch failed or took too long, or more items are wanted than Personalize gives.
        """
        if not 1 <= num_results <= MOST_RESULTS:
            raise InferenceError(f"personalize: `num_results` is {num_results}; wanted 1 to {MOST_RESULTS}")
        jobs = [self._begin(one, num_results) for one in trained]
        for arn in jobs:
            self.account.wait(BATCH_JOB, arn)
        return [key for one in trained for key in self._written(one)]

    def _begin(self, trained: Trained, num_results: int) -> str:
        layout = Layout(self.names.run)
        explored = trained.model == "personalised" and self.settings.exploration
        config = {"batchInferenceJobConfig": {"itemExplorationConfig": dict(self.settings.exploration)}}
        return self.account.ensure(
            BATCH_JOB,
            self.names.model(trained.model),
            within=trained.reference,
            solutionVersionArn=trained.reference,
            numResults=num_results,
            jobInput={"s3DataSource": self._place(layout.recipients)},
            jobOutput={"s3DataDestination": self._place(layout.batch(trained.model))},
            roleArn=self.settings.role_arn,
            **self._filter(trained),
            **(config if explored else {}),
        )

    def _filter(self, trained: Trained) -> dict[str, str]:
        """The filter, which belongs to the dataset group that the model was trained in."""
        expression = self.settings.filter_expression
        if not expression:
            return {}
        group = trained.details["dataset_group"]
        name = Names(self.settings.prefix, group.rpartition("/")[2].removeprefix(f"{self.settings.prefix}-"))
        arn = self.account.ensure(
            FILTER, name.filter(expression), within=group, datasetGroupArn=group, filterExpression=expression
        )
        self.account.wait(FILTER, arn)
        return {"filterArn": arn}

    def _place(self, key: str) -> dict[str, str]:
        """A place in the bucket, and the key it is encrypted with."""
        path = {"path": f"{self.storage.url}/{key}"}
        return {**path, "kmsKeyArn": self.settings.kms_key_arn} if self.settings.kms_key_arn else path

    def _written(self, trained: Trained) -> Sequence[str]:
        folder = Layout(self.names.run).batch(trained.model)
        keys = [key for key in self.storage.keys(folder) if key.endswith(".out")]
        if not keys:
            raise InferenceError(
                f"personalize: the batch is done and {self.storage.url}/{folder} holds no .out file; "
                "look whether the role may write there"
            )
        return keys
