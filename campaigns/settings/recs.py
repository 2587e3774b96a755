"""`[recs]` in `winddown.toml`: where recommendations come from, how often, and what they are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, SecretStr, model_validator

from campaigns.ground.experiment import Experiment
from campaigns.ground.metric import MetricName
from campaigns.settings.experiment import ExperimentSettings
from campaigns.settings.reading import Frozen
from recsource.errors import RuleError
from recsource.rules.composition import AnyRule, slots
from recsource.rules.fill import Fill
from recsource.rules.kids import Kids
from recsource.rules.language import Language
from recsource.rules.take import Take

Days = Annotated[float, Field(ge=0, le=3650)]
_WEIGHTS = {"listen": 1.0, "complete": 2.0, "favourite": 3.0}
_SHIPPED = ("kind", "narrator", "duration_s", "language", "topic", "voice_depth", "for_kids", "collection_id")


class ExportSettings(Frozen):
    """What of the warehouse recommenders learn from.

    Attributes:
        warehouse: `files` for those under [data]; `redshift` as [recs.redshift] says.
        interaction_days: how far back interactions go.
        event_weights: the events that count, and how much each does.
        max_repeats: so many of a person's interactions with one item are kept; 0 for all. Uncapped, a model
            only learns to recommend what was heard.
        active_days: people whose last interaction is older are left out; 0 for nobody.
        min_interactions: people with fewer are left out.
        subscriptions: people with others are left out; empty for nobody.
        languages: likewise.
        recipients: who gets recommendations: `everyone` who consents to email, or only the `active`.
        user_metadata: columns of `users` to learn from.
        item_metadata: columns of `items` to learn from.
    """

    warehouse: Literal["files", "redshift"] = "files"
    interaction_days: PositiveInt = 365
    event_weights: dict[str, PositiveFloat] = Field(default_factory=lambda: dict(_WEIGHTS))
    max_repeats: NonNegativeInt = 3
    active_days: NonNegativeInt = 180
    min_interactions: PositiveInt = 1
    subscriptions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    recipients: Literal["active", "everyone"] = "everyone"
    user_metadata: tuple[str, ...] = ("language", "country", "subscription")
    item_metadata: tuple[str, ...] = _SHIPPED


class BucketSettings(Frozen):
    """Where `base` is in S3. Credentials come through boto3's own chain.

    Attributes:
        region: the bucket's; boto3's own choice where left out.
        endpoint_url: another server that speaks S3.
        encryption: `default` for what the bucket does by itself, `s3` for SSE-S3, `kms` for SSE-KMS.
        kms_key: the key's ARN with `kms`; the account's own `aws/s3` key where left out.
    """

    region: str = ""
    endpoint_url: str = ""
    encryption: Literal["default", "s3", "kms"] = "default"
    kms_key: str = ""


class RedshiftSettings(Frozen):
    """Which Redshift, asked through its Data API, which unloads to the bucket itself.

    Attributes:
        cluster: a provisioned cluster, or `workgroup` for a serverless one.
        user: the cluster's user, or `secret_arn` for a secret that holds user and password.
        role_arn: the role with which Redshift writes to the bucket, and reads batches from it.
        tables: what `users`, `items`, `interactions` and, to load batches, `recommendations` are called there,
            where that differs.
        region: the warehouse's; `endpoint_url` is another address to call.
    """

    database: str = ""
    cluster: str = ""
    workgroup: str = ""
    user: str = ""
    secret_arn: str = ""
    role_arn: str = ""
    tables: dict[str, str] = Field(default_factory=dict)
    region: str = ""
    endpoint_url: str = ""


class LocalSettings(Frozen):
    """The embedded recommender, which learns everything else from the dataset.

    Attributes:
        seed: ties and exploration are functions of it.
        repeats: whether what somebody has heard may be recommended to them.
        exploring: the share of people whose list has one new item that is there by chance.
        explored_slots: among how many first slots that item's is drawn.
        explored_item_age_days: how old an item may be to be explored.
    """

    seed: NonNegativeInt = 0
    repeats: bool = False
    exploring: Annotated[float, Field(ge=0, le=1)] = 0.1
    explored_slots: PositiveInt = 10
    explored_item_age_days: PositiveInt = 30


class PersonalizeSettings(Frozen):
    """Amazon Personalize. Credentials come through boto3's own chain.

    Attributes:
        role_arn: the role with which Personalize reads the dataset and writes batches.
        kms_key: encrypts dataset groups and batches; Amazon's own keys where left out.
        prefix: what the names of all resources begin with; one for each workspace of an account and region.
        recipe: what the personalised model is trained with; popularity is always trained beside it.
        hyperparameters: the recipe's own.
        filter: what batches leave out or keep, in Personalize's filter language.
        exploration_weight: 0 to 1, how much batches explore; the recipe's own where left out.
        exploration_item_age_days: how old an item may be to be explored; likewise.
        held_out: whether evaluation may train once more, at its cost; if not, it judges earlier batches.
        poll_minutes: the longest wait between two looks at long work; the first ones are shorter.
        deadline_hours: how long a training, or an inference, may take in all.
    """

    region: str = "eu-west-1"
    endpoint_url: str = ""
    role_arn: str = ""
    kms_key: str = ""
    prefix: str = "winddown"
    recipe: str = "aws-user-personalization-v2"
    hyperparameters: dict[str, str] = Field(default_factory=dict)
    filter: str = ""
    exploration_weight: Annotated[float, Field(ge=0, le=1)] | None = None
    exploration_item_age_days: PositiveInt | None = None
    held_out: bool = False
    poll_minutes: PositiveFloat = 15
    deadline_hours: PositiveFloat = 12

    @property
    def exploration(self) -> dict[str, str]:
        """As `itemExplorationConfig` has it: text."""
        given = {
            "explorationWeight": self.exploration_weight,
            "explorationItemAgeCutOff": self.exploration_item_age_days,
        }
        return {name: f"{value:g}" for name, value in given.items() if value is not None}


class ServingSettings(Frozen):
    """What an application reads from Redis.

    Attributes:
        url: `redis://user@host:6379/0`, or `rediss://`; it may hold a password, for which the environment is a
            better place (`WINDDOWN_RECS__SERVING__URL`).
        prefix: what the names of all keys begin with; one for each workspace of a database.
        keep_days: so long a version can be read; longer than batches are apart.
        max_age_days: a batch that is older is refused.
        max_bad_share: of its lines, and of the items in them.
        rules: as in `campaign.toml`, a `take` last.
        experiment: as in `campaign.toml`; a variant's `source` is `recommended`, `popular`, or `none` where the
            application goes on as it always did.
        enrols_from: people who signed up earlier take no part; aware, or UTC.
    """

    url: SecretStr = SecretStr("")
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "winddown"
    keep_days: PositiveFloat = 8
    max_age_days: PositiveFloat = 4
    max_bad_share: Annotated[float, Field(ge=0, le=1)] = 0.02
    rules: Annotated[tuple[AnyRule, ...], Field(min_length=1)] = (
        Language(rule="language"),
        Kids(rule="kids"),
        Fill(rule="fill", sources=("popular",)),
        Take(rule="take", slots=12),
    )
    experiment: ExperimentSettings | None = None
    enrols_from: datetime | None = None

    @model_validator(mode="after")
    def _ends_in_take(self) -> Self:
        try:
            slots(self.rules)
        except RuleError as error:
            raise ValueError(str(error)) from error
        if self.experiment and "curated" in self.experiment.experiment().sources():
            raise ValueError("a variant's `source` is 'curated'; wanted 'recommended', 'popular' or 'none'")
        if self.experiment:
            _require_in_app(self.experiment.experiment())
        return self


def _require_in_app(experiment: Experiment) -> None:
    """Of those who got no email nobody knows when they opened it."""
    named = (experiment.primary, *experiment.secondary, *(rail.metric for rail in experiment.guardrails))
    if mailed := next((metric for metric in named if not metric.in_app), None):
        fit = ", ".join(metric.value for metric in MetricName if metric.in_app)
        raise ValueError(f"metric {mailed.value!r} needs an email; wanted one of {fit}")


class RecsSettings(Frozen):
    """The pipeline from interactions to a batch.

    Attributes:
        source: who recommends, where a command does not say it.
        base: where runs lie: a folder of the workspace, or `s3://bucket/folder`.
        model: whose batch the campaigns are planned from; `popularity` is the baseline.
        num_results: items a person; Personalize gives at most 500.
        train_every_days: `recs run` trains when the latest model is older.
        infer_every_days: `recs run` infers when the latest batch is older.
        held_out_days: evaluation trains once more on what was known so long ago, and judges by the days since.
        resume_days: a run that was begun longer ago and is not done is left as it is.
    """

    source: Literal["local", "personalize"] = "local"
    base: Annotated[str, Field(min_length=1)] = "recs"
    model: Literal["personalised", "popularity"] = "personalised"
    num_results: Annotated[int, Field(ge=1, le=500)] = 500
    train_every_days: Days = 7
    infer_every_days: Days = 2
    held_out_days: PositiveFloat = 14
    resume_days: Days = 3
    bucket: BucketSettings = BucketSettings()
    export: ExportSettings = ExportSettings()
    redshift: RedshiftSettings = RedshiftSettings()
    local: LocalSettings = LocalSettings()
    personalize: PersonalizeSettings = PersonalizeSettings()
    serving: ServingSettings = ServingSettings()
