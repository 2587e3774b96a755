"""Why somebody who was considered gets no email."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The closed list, in the order in which the gates stand: a person's reason is the first that applies.

    The gates are the same whatever the variant, and come before assignment, or the arms would differ.
    """

    MALFORMED_ADDRESS = "malformed_address"
    NO_CONSENT = "no_consent"
    SUPPRESSED = "suppressed"
    SUBSCRIPTION = "subscription"
    INACTIVE = "inactive"
    LANGUAGE = "language"
    FREQUENCY_CAP = "frequency_cap"
    TOO_FEW_PICKS = "too_few_picks"
    TOO_FEW_POPULAR = "too_few_popular"
    TOO_FEW_CURATED = "too_few_curated"
    SHARED_ADDRESS = "shared_address"
    HOLDOUT = "holdout"
    CAMPAIGN_HOLDOUT = "campaign_holdout"
