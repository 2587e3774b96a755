"""`campaign.toml`: what a marketer decides about a campaign."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, model_validator

from campaigns.ground.errors import ConfigurationError
from campaigns.settings.experiment import ExperimentSettings, Share
from campaigns.settings.reading import Frozen, checked, read_toml
from recsource.errors import RuleError
from recsource.rules.composition import AnyRule, slots

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: 'Europe' is a folder
        raise ValueError(f"{name!r} is no time zone; wanted an IANA name such as 'Europe/Berlin'") from error
    return name


class QuietHoursSettings(Frozen):
    """A part of the day in which nothing is sent, by the reader's clock where messages fall due by it."""

    begin: Annotated[time, Field(strict=True)]
    end: Annotated[time, Field(strict=True)]


class Schedule(Frozen):
    """When messages fall due.

    Attributes:
        quiet_hours: for what could not be sent at once; `at` must not lie in them.
        at: the hour, in each person's own time zone where `local_time`, else in `timezone`.
        timezone: for those whose own is unknown, too.
        give_up_after_hours: what could not be sent so long after it fell due is cancelled.
    """

    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    at: Annotated[time, Field(strict=True)]
    local_time: bool = True
    timezone: Annotated[str, AfterValidator(_known_zone)]
    give_up_after_hours: PositiveInt = 36
    quiet_hours: QuietHoursSettings | None = None

    @model_validator(mode="after")
    def _awake(self) -> Self:
        quiet = self.quiet_hours
        if quiet and not timedelta() < _hours_after(self.at, quiet.begin) < _hours_after(self.at, quiet.end):
            raise ValueError(
                f"messages fall due at {self.at:%H:%M}, in the quiet hours from {quiet.begin:%H:%M} to "
                f"{quiet.end:%H:%M}; wanted quiet hours that begin after it and end before it comes round again"
            )
        return self

    @property
    def quiet(self) -> tuple[timedelta, timedelta] | None:
        """When the quiet hours begin and end, counted from when messages fall due."""
        if self.quiet_hours is None:
            return None
        return _hours_after(self.at, self.quiet_hours.begin), _hours_after(self.at, self.quiet_hours.end)

    @property
    def iso_weekday(self) -> int:
        """Monday is 1."""
        return _WEEKDAYS.index(self.weekday) + 1

    @property
    def give_up_after(self) -> timedelta:
        """As a span of time."""
        return timedelta(hours=self.give_up_after_hours)


def _hours_after(start: time, end: time) -> timedelta:
    """From one time of the day to the next that reads so; none where they are the same."""
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    return timedelta(minutes=minutes % (24 * 60))


class DogfoodSettings(Frozen):
    """Colleagues who get each edition first, and are asked of each pick whether it is odd.

    Attributes:
        cohort: whose; the column of that name in `users`.
        days_before: how many days earlier their messages fall due, at the same hour.
        odd_picks: whether each of their cards has the link to say so, which `winddown serve` answers.
    """

    cohort: Annotated[str, Field(min_length=1)] = "staff"
    days_before: Annotated[int, Field(ge=0, le=6)] = 1
    odd_picks: bool = True


class FrequencyCap(Frozen):
    """At most so many editions of this campaign within so many days before this one."""

    editions: PositiveInt
    within_days: PositiveInt


class AudienceSettings(Frozen):
    """Who is considered fit to get the email; `ground.exclusion.Reason` has the order of the gates.

    Attributes:
        language_fallback: the email's language for people whose own has no strings.
    """

    subscriptions: Annotated[tuple[str, ...], Field(min_length=1)]
    active_within_days: PositiveInt
    language_fallback: dict[str, str] = Field(default_factory=dict)
    frequency_cap: FrequencyCap | None = None


class RecommendationSettings(Frozen):
    """What a batch must be to be sent from.

    Attributes:
        max_bad_share: of its lines, and of the items in them.
        min_coverage: the share of the eligible people that it must have recommendations for.
    """

    max_age_days: PositiveFloat
    max_bad_share: Share = 0.01
    min_coverage: Share = 0.5


class CanarySettings(Frozen):
    """A first wave, after which bounces and complaints are awaited.

    Attributes:
        messages: how many it has, or `share` which share of the plan.
    """

    messages: PositiveInt | None = None
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    pause_minutes: PositiveInt

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.messages is None) == (self.share is None):
            raise ValueError("wanted the canary's size once: either `messages` or `share`")
        return self

    def size(self, planned: int) -> int:
        """How many messages of that many planned."""
        return self.messages or max(1, round((self.share or 0) * planned))


class GuardSettings(Frozen):
    """What stops a bad send early; shares are of what was handed over, from 100 messages on.

    Attributes:
        max_total: an edition with more people planned is not begun.
        max_rejected: the share that providers may reject.
        max_bounced: the share that may bounce for good; Amazon reviews accounts from 0.05 on.
        max_complained: the share that may bring a complaint; Amazon reviews accounts from 0.001 on.
        max_unrendered: how many messages may fail to be rendered; at none, the first stops the run.
    """

    max_total: PositiveInt | None = None
    max_rejected: Share = 0.05
    max_bounced: Share = 0.05
    max_complained: Share = 0.005
    max_unrendered: Annotated[int, Field(ge=0)] = 0
    canary: CanarySettings | None = None


class CheckSettings(Frozen):
    """What `check` objects to.

    Attributes:
        max_kilobytes: Gmail clips a message whose HTML is larger than 102 KB.
        max_image_kilobytes: a picture that is heavier comes late on a phone.
        link_schemes: what links may begin with; `image_schemes` likewise for pictures.
        accept: codes of problems that are meant to be so: errors become warnings, warnings are not told.
    """

    max_kilobytes: PositiveInt = 102
    max_image_kilobytes: PositiveInt = 200
    link_schemes: tuple[str, ...] = ("https", "mailto")
    image_schemes: tuple[str, ...] = ("https",)
    accept: tuple[str, ...] = ()


class ApprovalSettings(Frozen):
    """Whether somebody must have approved an edition, in `winddown preview`, before it is sent."""

    required: bool = False


class CampaignSettings(Frozen):
    """Everything in `campaign.toml`."""

    name: Annotated[str, Field(min_length=1)]
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    schedule: Schedule
    audience: AudienceSettings
    recommendations: RecommendationSettings
    experiment: ExperimentSettings
    rules: Annotated[tuple[AnyRule, ...], Field(min_length=1)]
    check: CheckSettings = CheckSettings()
    guards: GuardSettings = GuardSettings()
    approval: ApprovalSettings = ApprovalSettings()
    dogfood: DogfoodSettings | None = None

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if "none" in self.experiment.experiment().sources():
            raise ValueError("a variant's `source` is 'none'; wanted 'recommended', 'curated' or 'popular'")
        return self

    @model_validator(mode="after")
    def _speaks_fallbacks(self) -> Self:
        for language, other in self.audience.language_fallback.items():
            if other not in self.languages:
                raise ValueError(
                    f"`audience.language_fallback` gives {language!r} the email in {other!r}, which the campaign "
                    f"does not speak; wanted one of {', '.join(self.languages)}"
                )
        return self

    @model_validator(mode="after")
    def _within_its_week(self) -> Self:
        if self.days_before >= self.schedule.iso_weekday:
            raise ValueError(
                f"`dogfood.days_before` is {self.days_before}, which lies in the week before "
                f"{self.schedule.weekday}; an edition is a week's: wanted at most {self.schedule.iso_weekday - 1}"
            )
        return self

    @property
    def days_before(self) -> int:
        """How many days before the edition's day the first of its messages fall due."""
        return self.dogfood.days_before if self.dogfood else 0

    @property
    def slots(self) -> int:
        """How many picks the email shows."""
        return slots(self.rules)


def read_campaign(folder: Path) -> CampaignSettings:
    """A campaign folder's settings.

    Raises:
        ConfigurationError: the folder or the file is missing, or a key is; or one is not what is wanted.
    """
    path = folder / "campaign.toml"
    if not folder.is_dir():
        known = sorted(other.parent.name for other in folder.parent.glob("*/campaign.toml"))
        raise ConfigurationError(
            f"{folder}: there is no such campaign; known are {', '.join(known) or 'none'}; name one of them"
        )
    found = read_toml(path, "a campaign's folder needs one")
    campaign = checked(path, lambda: CampaignSettings.model_validate(found))
    try:
        campaign.slots  # noqa: B018 - it objects to rules without a `take`
    except RuleError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return campaign
