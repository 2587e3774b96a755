"""Amazon Personalize, as the pipeline sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recsource.errors import InferenceError, RecsourceError, TrainingError
from recsource.personalize.account import Account
from recsource.personalize.clearing import Clearing
from recsource.personalize.inference import Inference
from recsource.personalize.naming import Names
from recsource.personalize.settings import PersonalizeSettings
from recsource.personalize.training import Training
from recsource.personalize.waiting import Timer
from recsource.ports import Storage, Trained

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_personalize import PersonalizeClient


class PersonalizeRecommender:
    """Implements `recsource.ports.Recommender`.

    Args:
        client: talks to Personalize.
        storage: the bucket that Personalize reads from and writes to.
        settings: how it trains and infers.
        timer: what waiting is measured by.

    Raises:
        TrainingError: the storage is no bucket.
    """

    def __init__(
        self, client: PersonalizeClient, storage: Storage, settings: PersonalizeSettings, timer: Timer
    ) -> None:
        if not storage.url.startswith("s3://"):
            raise TrainingError(
                f"personalize: the base is {storage.url}, and Personalize reads from S3 alone; "
                "set `base` to s3://bucket/folder, or use --source local"
            )
        self.name = "personalize"
        self._client = client
        self._storage = storage
        self._settings = settings
        self._timer = timer

    def train(self, run: str) -> Sequence[Trained]:
        """See the port."""
        return Training(self._account(TrainingError), self._storage, self._settings, self._names(run)).train()

    def infer(self, run: str, trained: Sequence[Trained], num_results: int) -> Sequence[str]:
        """See the port."""
        account = self._account(InferenceError)
        return Inference(account, self._storage, self._settings, self._names(run)).infer(trained, num_results)

    def holdings(self, run: str) -> Sequence[str]:
        """The ARNs of what a run still has on Personalize, in the order in which it can be deleted."""
        return [arn for _, arn in self._clearing(run).remains()]

    def clear(self, run: str) -> None:
        """Delete all that a run still has on Personalize, and wait until it is gone.

        Raises:
            TrainingError: something is in use, or takes too long.
        """
        self._clearing(run).clear()

    def _clearing(self, run: str) -> Clearing:
        return Clearing(self._account(TrainingError), self._names(run))

    def _account(self, failing: type[RecsourceError]) -> Account:
        return Account(self._client, self._settings.patience.starting(self._timer), failing)

    def _names(self, run: str) -> Names:
        return Names(self._settings.prefix, run)
