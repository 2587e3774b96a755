"""A client of Amazon Personalize."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from recsource.errors import TrainingError

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_personalize import PersonalizeClient

_ATTEMPTS = 5
"""Few: boto3 takes an account's quota, which no repetition mends, for throttling (`LimitExceededException`)."""


def connect(*, region: str, endpoint_url: str = "") -> PersonalizeClient:
    """Set a client up, without talking to anybody. Credentials come through boto3's own chain.

    It repeats requests that failed or were throttled, those that create something too: every resource gets a
    name of its own, so that a request that did arrive the first time is answered with
    `ResourceAlreadyExistsException` the second time, and what it made is looked up.

    Raises:
        TrainingError: region, endpoint or profile cannot be used.
    """
    config = Config(retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"}, tcp_keepalive=True)
    try:
        return boto3.client("personalize", region_name=region, endpoint_url=endpoint_url or None, config=config)
    except (BotoCoreError, ValueError) as error:
        raise TrainingError(
            f"personalize: no connection can be set up ({error}); correct `region`, `endpoint_url` "
            "or the AWS environment"
        ) from error
