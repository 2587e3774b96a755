"""An oracle for the audience: the gates in their documented order, in plain Python, a person at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5

from tiny_world import Row, TinyWorld, ago

from campaigns.ground.exclusion import Reason
from campaigns.settings.campaign import CampaignSettings
from campaigns.settings.workspace import HoldoutSettings

ADDRESSES: Mapping[str | None, bool] = {
    "ada@mail.example": True,
    "  ADA@Mail.Example ": True,
    "Ada@mail.example": True,
    " ADA@Mail.example": True,
    "bob@mail.example": True,
    "a.b@x.example": True,
    "eve@mail.example": True,
    "o'hara+news@sub.mail-1.example": True,
    "a!#$%&'*+/=?^_`{|}~-z@x.co": True,
    "x@xn--mnchen-3ya.example": True,
    None: False,
    "": False,
    " ": False,
    "ada": False,
    "ada@localhost": False,
    "ada@@mail.example": False,
    "ada lovelace@mail.example": False,
    ".ada@mail.example": False,
    "ada.@mail.example": False,
    "a..da@mail.example": False,
    "ada@-mail.example": False,
    "ada@mail-.example": False,
    "ada@mail..example": False,
    "ada@mail.e": False,
    "ada@mail.123": False,
    "ada@mail.example\n": False,
    "\tada@mail.example": False,
    "<ada@mail.example>": False,
    "ada@mail.example,bob@mail.example": False,
    "ädä@mail.example": False,
    "ada@maİl.example": False,
    "ada@\u212aiss.example": False,
    f"ada@{'m' * 64}.example": False,
    f"{'a' * 241}@mail.example": True,
    f"{'a' * 242}@mail.example": False,
}
"""Addresses, and whether an email can be sent to each; 254 characters are the most (RFC 5321, 4.5.3.1.3)."""


@dataclass(frozen=True, slots=True)
class Audience:
    """What the gates look at, beside the world's tables.

    Attributes:
        suppressed: addresses that the ledger has suppressed.
        recent: `(edition, user_id)` of deliveries that the frequency cap counts.
        picks: how many picks could be made for each person; none for those who are not in it.
        curated: how many curated picks there are in each language, for readers of kids' content and not.
    """

    world: TinyWorld
    campaign: CampaignSettings
    holdout: HoldoutSettings
    suppressed: Collection[str] = ()
    recent: Collection[tuple[str, str]] = ()
    picks: Mapping[str, int] = field(default_factory=dict)
    curated: Mapping[tuple[str, bool], int] = field(default_factory=dict)


def reasons(audience: Audience) -> dict[str, Reason | None]:
    """Everybody, with the first gate that keeps them out."""
    found = {str(row["user_id"]): _own_reason(audience, row) for row in audience.world.users}
    first = _first_at_each_address(audience, found)
    own = audience.campaign.experiment.holdout
    for user_id, reason in found.items():
        if reason is None and user_id not in first:
            found[user_id] = Reason.SHARED_ADDRESS
        elif reason is None and _shard(audience.holdout.salt, user_id) < audience.holdout.share * 10_000:
            found[user_id] = Reason.HOLDOUT
        elif reason is None and own and _shard(own.salt, user_id) < own.share * 10_000:
            found[user_id] = Reason.CAMPAIGN_HOLDOUT
    return found


def key(address: object) -> str:
    """What makes two addresses the same."""
    return str(address).strip(" ").lower()


def email_language(campaign: CampaignSettings, row: Row) -> str | None:
    """The language of a person's email."""
    own = str(row["language"])
    return own if own in campaign.languages else campaign.audience.language_fallback.get(own)


def _own_reason(audience: Audience, row: Row) -> Reason | None:
    settings, user_id = audience.campaign.audience, str(row["user_id"])
    listed = {key(line["email"]) for line in audience.world.suppressions} | set(map(key, audience.suppressed))
    editions = {edition for edition, to in audience.recent if to == user_id}
    cap = settings.frequency_cap
    last_active, language = row["last_active_at"], email_language(audience.campaign, row)
    assert isinstance(last_active, datetime | None)
    lists = audience.curated.get((str(language), _hears_kids(audience, user_id)), 0)
    gates = {
        Reason.MALFORMED_ADDRESS: not ADDRESSES[row["email"]],  # type: ignore[index]  # texts or None
        Reason.NO_CONSENT: row["email_consent"] is not True,
        Reason.SUPPRESSED: key(row["email"]) in listed,
        Reason.SUBSCRIPTION: row["subscription"] not in settings.subscriptions,
        Reason.INACTIVE: last_active is None or ago(0) - last_active > timedelta(days=settings.active_within_days),
        Reason.LANGUAGE: language is None,
        Reason.FREQUENCY_CAP: cap is not None and len(editions) >= cap.editions,
        Reason.TOO_FEW_PICKS: audience.picks.get(user_id, 0) < audience.campaign.slots,
        Reason.TOO_FEW_CURATED: lists < audience.campaign.slots,
    }
    return next((reason for reason, closed in gates.items() if closed), None)


def _hears_kids(audience: Audience, user_id: str) -> bool:
    kids = {row["item_id"] for row in audience.world.items if row["for_kids"]}
    heard = Counter(row["user_id"] for row in audience.world.interactions if row["item_id"] in kids)
    return heard[user_id] > 0


def _first_at_each_address(audience: Audience, found: Mapping[str, Reason | None]) -> set[str]:
    at: defaultdict[str, list[Row]] = defaultdict(list)
    for row in audience.world.users:
        if found[str(row["user_id"])] is None:
            at[key(row["email"])].append(row)
    return {str(min(rows, key=_here_first)["user_id"]) for rows in at.values()}


def _here_first(row: Row) -> tuple[timedelta, str]:
    last_active = row["last_active_at"]
    assert isinstance(last_active, datetime)
    return ago(0) - last_active, str(row["user_id"])


def _shard(salt: str, user_id: str) -> int:
    return int(md5(f"{salt}-{user_id}".encode(), usedforsecurity=False).hexdigest()[:8], 16) % 10_000
