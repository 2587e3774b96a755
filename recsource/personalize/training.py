"""Training: a dataset group with the run's dataset in it, and two models that learn from the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsource.dataset.layout import TABLES, Layout, TableName
from recsource.errors import TrainingError
from recsource.personalize.account import Account
from recsource.personalize.kinds import DATASET, DATASET_GROUP, IMPORT_JOB, SCHEMA, SOLUTION, SOLUTION_VERSION
from recsource.personalize.naming import Names
from recsource.personalize.recipes import POPULARITY, Recipe, find_recipe
from recsource.personalize.settings import PersonalizeSettings
from recsource.ports import MODELS, ModelName, Storage, Trained


@dataclass(frozen=True, slots=True)
class Training:
    """One run's training. Each step may be repeated: what is there already is used as it is."""

    account: Account
    storage: Storage
    settings: PersonalizeSettings
    names: Names

    def train(self) -> Sequence[Trained]:
        """Both models, trained; each resource's ARN among their details.

        Raises:
            TrainingError: something failed, or took too long.
        """
        group = self._group()
        datasets = self._datasets(group)
        imports = self._import(group, datasets)
        solutions = {model: self._solution(model, group) for model in MODELS}
        for arn in solutions.values():
            self.account.wait(SOLUTION, arn)
        versions = {model: self._version(model, arn) for model, arn in solutions.items()}
        for arn in versions.values():
            self.account.wait(SOLUTION_VERSION, arn)
        shared = {"dataset_group": group, **_named("dataset", datasets), **_named("import", imports)}
        return [
            self._trained(model, versions[model], {**shared, "solution": solutions[model]}) for model in MODELS
        ]

    def _group(self) -> str:
        key = self.settings.kms_key_arn
        encrypted = {"kmsKeyArn": key, "roleArn": self.settings.role_arn} if key else {}
        group = self.account.ensure(DATASET_GROUP, self.names.group, **encrypted)
        self.account.wait(DATASET_GROUP, group)
        return group

    def _datasets(self, group: str) -> Mapping[TableName, str]:
        schemas = {table: self._schema(table) for table in TABLES}
        datasets = {
            table: self.account.ensure(
                DATASET,
                self.names.table(table),
                within=group,
                datasetGroupArn=group,
                datasetType=table.capitalize(),
                schemaArn=schemas[table],
            )
            for table in TABLES
        }
        for arn in datasets.values():
            self.account.wait(DATASET, arn)
        return datasets

    def _schema(self, table: TableName) -> str:
        key = Layout(self.names.run).schema(table)
        schema = self.storage.read(key)
        if schema is None:
            raise TrainingError(f"{self.storage.url}/{key} is not there; export the dataset of this run first")
        return self.account.ensure(SCHEMA, self.names.table(table), schema=schema)

    def _import(self, group: str, datasets: Mapping[TableName, str]) -> Mapping[TableName, str]:
        jobs = {
            table: self.account.ensure(
                IMPORT_JOB,
                self.names.table(table),
                within=arn,
                datasetArn=arn,
                dataSource={"dataLocation": self._location(table)},
                roleArn=self.settings.role_arn,
                importMode="FULL",
            )
            for table, arn in datasets.items()
        }
        for table, arn in jobs.items():
            source = self.account.wait(IMPORT_JOB, arn)["dataSource"]["dataLocation"]
            if source != self._location(table):
                raise TrainingError(
                    f"personalize: {group} holds data from {source}, not from {self._location(table)}: another "
                    "workspace has a run of the same name; give this one a `prefix` of its own"
                )
        return jobs

    def _location(self, table: TableName) -> str:
        """A folder; its slash keeps Personalize from taking what begins likewise for a part of it."""
        return f"{self.storage.url}/{Layout(self.names.run).table(table)}"

    def _solution(self, model: ModelName, group: str) -> str:
        recipe = self._recipe(model)
        tuned = self.settings.hyperparameters if model == "personalised" else {}
        config = {"solutionConfig": {"algorithmHyperParameters": dict(tuned)}} if tuned else {}
        try:
            return self.account.ensure(
                SOLUTION,
                self.names.model(model),
                within=group,
                datasetGroupArn=group,
                recipeArn=recipe.arn,
                performAutoTraining=False,  # the default trains anew every week, unasked, at the account's cost
                **config,
            )
        except TrainingError as error:
            if not recipe.closed:
                raise
            raise TrainingError(
                f"{error}; Amazon has closed {recipe.name} to accounts that do not have it already: "
                "use aws-user-personalization-v2"
            ) from error

    def _version(self, model: ModelName, solution: str) -> str:
        return self.account.ensure(
            SOLUTION_VERSION, self.names.model(model), within=solution, solutionArn=solution, trainingMode="FULL"
        )

    def _trained(self, model: ModelName, version: str, arns: Mapping[str, str]) -> Trained:
        details = {"recipe": self._recipe(model).name, **arns}
        return Trained(model, version, self.account.metrics(version), details)

    def _recipe(self, model: ModelName) -> Recipe:
        return POPULARITY if model == "popularity" else find_recipe(self.settings.recipe)


def _named(what: str, arns: Mapping[TableName, str]) -> dict[str, str]:
    return {f"{what}_{table}": arn for table, arn in arns.items()}
